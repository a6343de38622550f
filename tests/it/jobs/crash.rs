use std::time::Duration;

use suite_core::{
    id::WorkerId,
    job::{JobRef, JobState, Queue},
};
use suite_db::{
    FleetConnection,
    jobs::{
        self, Attempt, Finish, Outcome, claim, finish,
        workers::{self, WorkerCard},
    },
};
use suite_tests::{Act, Gate, PlainAct, TestApp, until};

/// Claims a job for a worker that never beats again.
async fn claim_for_a_dead_worker(app: &TestApp, job: JobRef) -> (FleetConnection, Attempt) {
    let mut connection = app.db.fleet_connection().await.unwrap();
    let card = WorkerCard {
        id: WorkerId::new(),
        name: "ghost".to_owned(),
        host: "nowhere".to_owned(),
        pid: 1,
        version: "0",
        queues: vec![Queue::Inventory],
        concurrency: 1,
    };
    let lease = Duration::from_millis(1_500);
    workers::register(&mut connection, &card, lease)
        .await
        .unwrap();
    let popped = [(job.account_id.as_uuid(), job.id.as_uuid())];
    let claimed = claim(&mut connection, card.id, &popped, &["test_plain"])
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    let attempt = Attempt {
        job_id: job.id.as_uuid(),
        attempt: claimed[0].attempt,
        worker_id: card.id.as_uuid(),
    };
    (connection, attempt)
}

async fn holds(app: &TestApp, job: JobRef, attempt: Attempt) -> bool {
    let mut tx = app.db.account(job.account_id).await.unwrap();
    jobs::fence(&mut tx, attempt).await.unwrap()
}

#[tokio::test]
async fn a_job_of_a_dead_worker_runs_again_and_nothing_of_the_first_attempt_counts() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let act = PlainAct::new(Act::Succeed);
    let job = app.enqueue(merchant.account_id(), &act).await;
    let (mut connection, attempt) = claim_for_a_dead_worker(&app, job).await;
    assert!(holds(&app, job, attempt).await);

    let worker = app.worker(&[Queue::Inventory]).await;
    let row = app.wait_for(job, JobState::Succeeded).await;
    assert_eq!((row.attempt, row.crashes), (2, 1));
    worker.stop().await;

    assert!(!holds(&app, job, attempt).await);
    let late = Finish {
        account_id: job.account_id.as_uuid(),
        id: attempt.job_id,
        attempt: attempt.attempt,
        worker_id: attempt.worker_id,
        outcome: Outcome::Succeeded(serde_json::json!("too late")),
    };
    assert!(finish(&mut connection, &[late]).await.unwrap().is_empty());
    assert_eq!(app.job(job).await.result, row.result);
    let ghosts = app
        .value("SELECT count(*) FROM workers WHERE name = 'ghost'")
        .await;
    assert_eq!(ghosts, "0");
}

#[tokio::test]
async fn an_attempt_that_was_recovered_cannot_finish_in_its_transaction() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let act = PlainAct::new(Act::Succeed);
    let job = app.enqueue(merchant.account_id(), &act).await;
    let (_, attempt) = claim_for_a_dead_worker(&app, job).await;
    app.run_jobs().await;
    let mut tx = app.db.account(job.account_id).await.unwrap();
    let result = serde_json::json!("too late");
    assert!(!jobs::finish_here(&mut tx, attempt, &result).await.unwrap());
}

#[tokio::test]
async fn the_third_crash_buries_a_job_with_its_reason() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let act = PlainAct::new(Act::Succeed);
    let job = app.enqueue(merchant.account_id(), &act).await;
    app.sql("UPDATE jobs SET crashes = 2").await;
    claim_for_a_dead_worker(&app, job).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    let row = app.wait_for(job, JobState::Dead).await;
    assert_eq!(row.crashes, 3);
    assert_eq!(
        row.error.as_deref(),
        Some("worker ghost died with it (crash 3)")
    );
    assert!(row.finished_at.is_some());
    worker.stop().await;
}

#[tokio::test]
async fn a_job_that_was_called_off_and_lost_its_worker_is_cancelled() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let act = PlainAct::new(Act::Succeed);
    let job = app.enqueue(merchant.account_id(), &act).await;
    claim_for_a_dead_worker(&app, job).await;
    let mut tx = app.db.account(job.account_id).await.unwrap();
    assert!(!jobs::cancel(&mut tx, job.id).await.unwrap());
    tx.commit().await.unwrap();
    let worker = app.worker(&[Queue::Inventory]).await;
    let row = app.wait_for(job, JobState::Cancelled).await;
    assert_eq!(row.attempt, 1);
    worker.stop().await;
}

#[tokio::test]
async fn jobs_of_a_worker_that_crashed_run_in_the_next_one() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::shut();
    let act = PlainAct::new(Act::Wait(gate.id()));
    let mut all = Vec::new();
    for _ in 0..6 {
        all.push(app.enqueue(merchant.account_id(), &act).await);
    }
    let first = app.worker(&[Queue::Inventory]).await;
    gate.wait_for_entries(4).await;
    first.crash();
    gate.unlock();
    let second = app.worker(&[Queue::Inventory]).await;
    for job in all {
        app.wait_for(job, JobState::Succeeded).await;
    }
    let crashed = app
        .value("SELECT count(*) FROM jobs WHERE crashes = 1 AND attempt = 2")
        .await;
    assert_eq!(crashed, "4");
    second.stop().await;
}

#[tokio::test]
async fn a_worker_that_was_taken_for_dead_drops_its_jobs_and_goes_on_under_another_name() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::shut();
    let act = PlainAct::new(Act::Wait(gate.id()));
    let job = app.enqueue(merchant.account_id(), &act).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    gate.wait_for_entries(1).await;
    let before = app.value("SELECT id FROM workers").await;
    app.sql("DELETE FROM workers").await;
    until("it is there again", || async {
        app.value("SELECT count(*) FROM workers").await == "1"
    })
    .await;
    assert_ne!(app.value("SELECT id FROM workers").await, before);
    gate.wait_for_entries(2).await;
    gate.unlock();
    let row = app.wait_for(job, JobState::Succeeded).await;
    assert_eq!((row.attempt, row.crashes), (2, 1));
    worker.stop().await;
}
