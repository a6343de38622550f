use std::time::Duration;

use serde_json::json;
use suite_core::{
    id::AccountId,
    job::{JobRef, NewJob, Queue},
};
use suite_db::jobs::{self, Outcome};
use suite_tests::{Act, Gate, PlainAct, ReportAct, TestApp};

use super::by_hand::WorkerByHand;

fn step(account_id: AccountId, act: Act) -> NewJob {
    NewJob::new(account_id, &PlainAct::new(act)).unwrap()
}

fn as_ref(job: &NewJob) -> JobRef {
    JobRef {
        account_id: job.account_id,
        id: job.id,
        queue: job.terms.queue,
        priority: job.terms.priority,
    }
}

async fn rows(app: &TestApp) -> String {
    app.value("SELECT count(*) FROM jobs").await
}

#[tokio::test]
async fn each_step_of_a_chain_begins_when_the_one_before_has_succeeded() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let gate = Gate::open();
    let first = step(account_id, Act::FailUntil(gate.id(), 2)).through("sendgrid");
    // The second writes its own end, the third runs in another queue.
    let second = step(account_id, Act::FinishItself);
    let third = ReportAct::new(Act::FailUntil(gate.id(), 1));
    let third = NewJob::new(account_id, &third).unwrap().through("stripe");
    let steps = [as_ref(&first), as_ref(&second), as_ref(&third)];
    app.enqueue_all(account_id, vec![first.then(second).then(third)])
        .await;
    assert_eq!(rows(&app).await, "1");

    let worker = app.worker(&[Queue::Inventory, Queue::Reports]).await;
    app.wait_until_quiet().await;
    worker.stop().await;

    let begun: Vec<_> = gate.entries().iter().map(|(id, _)| *id).collect();
    assert_eq!(begun, [steps[0].id, steps[0].id, steps[2].id]);
    assert_eq!(rows(&app).await, "3");
    let in_order = app
        .value(
            "SELECT bool_and(n.created_at >= j.finished_at - interval '1 second' AND n.started_at > j.finished_at)
               FROM jobs j JOIN jobs n ON n.account_id = j.account_id AND n.id = (j.next_job->>'id')::uuid",
        )
        .await;
    assert_eq!(in_order, "t");
    let services = app.sql("SELECT service FROM jobs ORDER BY id").await;
    assert_eq!(services, [["sendgrid"], [""], ["stripe"]]);
    let ends = app
        .value("SELECT count(*) FROM jobs WHERE next_job IS NULL")
        .await;
    assert_eq!(ends, "1");
}

#[tokio::test]
async fn a_dead_step_holds_the_rest_until_a_retry_succeeds() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let (first, second) = (
        step(account_id, Act::Succeed),
        step(account_id, Act::Succeed),
    );
    let (job, next) = (as_ref(&first), as_ref(&second));
    app.write_jobs(account_id, vec![first.then(second)]).await;
    let mut worker = WorkerByHand::living_for(&app, Duration::from_secs(60)).await;
    let claimed = worker.claim(&[job]).await;
    let error = suite_db::jobs::JobFault {
        public: "no".to_owned(),
        detail: "no".to_owned(),
    };
    let followed = worker
        .finish(&[(&claimed[0], Outcome::Dead { error })])
        .await;
    assert_eq!((followed.ended.len(), followed.started.len()), (1, 0));
    assert_eq!(rows(&app).await, "1");

    let mut tx = app.db.account(account_id).await.unwrap();
    jobs::retry(&mut tx, job.id).await.unwrap();
    tx.commit().await.unwrap();
    let claimed = worker.claim(&[job]).await;
    let end = (&claimed[0], Outcome::Succeeded(json!({})));
    let followed = worker.finish(std::slice::from_ref(&end)).await;
    assert_eq!(followed.started, [next]);
    // The same end once more, as after a lost answer: nothing is written twice.
    assert_eq!(worker.finish(&[end]).await, jobs::Followed::default());
    assert_eq!(rows(&app).await, "2");
    app.run_jobs().await;
    assert_eq!(app.job(next).await.state, "succeeded");
}

#[tokio::test]
async fn a_step_that_is_called_off_ends_the_chain() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let (first, second) = (
        step(account_id, Act::Succeed),
        step(account_id, Act::Succeed),
    );
    let job = as_ref(&first);
    app.write_jobs(account_id, vec![first.then(second)]).await;
    let mut tx = app.db.account(account_id).await.unwrap();
    assert!(jobs::cancel(&mut tx, job.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(rows(&app).await, "1");
    let waits = "SELECT count(*) FROM jobs WHERE state = 'cancelled' AND next_job IS NOT NULL";
    assert_eq!(app.value(waits).await, "1");
}

#[tokio::test]
async fn an_end_that_is_rolled_back_begins_no_next_step() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let (first, second) = (
        step(account_id, Act::Succeed),
        step(account_id, Act::Succeed),
    );
    let (job, next) = (as_ref(&first), as_ref(&second));
    app.write_jobs(account_id, vec![first.then(second)]).await;
    let mut worker = WorkerByHand::living_for(&app, Duration::from_secs(60)).await;
    let claimed = worker.claim(&[job]).await;
    let attempt = worker.attempt(&claimed[0]);
    let result = json!({});

    let mut tx = app.db.account(account_id).await.unwrap();
    let started = jobs::finish_followed(&mut tx, attempt, &result).await;
    assert_eq!(started.unwrap(), Some(vec![next]));
    drop(tx);
    assert_eq!(rows(&app).await, "1");

    let mut tx = app.db.account(account_id).await.unwrap();
    let started = jobs::finish_followed(&mut tx, attempt, &result).await;
    assert_eq!(started.unwrap(), Some(vec![next]));
    tx.commit().await.unwrap();
    assert_eq!(rows(&app).await, "2");
    let mut tx = app.db.account(account_id).await.unwrap();
    let again = jobs::finish_followed(&mut tx, attempt, &result).await;
    assert_eq!(again.unwrap(), None);
}
