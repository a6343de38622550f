use chrono::{TimeDelta, Utc};
use suite_core::job::{JobState, NewJob, Queue};
use suite_db::jobs;
use suite_tests::{Act, Gate, PlainAct, TestApp};

#[tokio::test]
async fn a_committed_job_runs() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    app.run_jobs().await;
    let row = app.wait_for(job, JobState::Succeeded).await;
    assert_eq!(row.attempt, 1);
    assert_eq!(row.result, Some(serde_json::json!({"attempt": 1})));
    assert!(row.finished_at >= row.started_at && row.error.is_none());
}

#[tokio::test]
async fn a_rolled_back_job_never_was() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let job = NewJob::new(merchant.account_id(), &PlainAct::new(Act::Wait(gate.id()))).unwrap();
    let mut tx = app.db.account(merchant.account_id()).await.unwrap();
    let enqueued = jobs::enqueue(&mut tx, job).await.unwrap();
    drop(tx);
    // Its id reaches Redis all the same: it claims nothing.
    app.broker.dispatch(&[enqueued.job]);
    app.enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    app.run_jobs().await;
    assert_eq!(gate.entries(), []);
    assert_eq!(app.value("SELECT count(*) FROM jobs").await, "1");
}

#[tokio::test]
async fn an_equal_unique_job_is_joined_while_it_lives_and_not_after() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = PlainAct {
        unique_key: Some("the same".to_owned()),
        ..PlainAct::new(Act::Succeed)
    };
    let enqueue = async || {
        let new = NewJob::new(merchant.account_id(), &job).unwrap();
        let mut tx = app.db.account(merchant.account_id()).await.unwrap();
        let enqueued = jobs::enqueue(&mut tx, new).await.unwrap();
        tx.commit().await.unwrap();
        enqueued
    };
    let first = enqueue().await;
    let second = enqueue().await;
    assert!(first.is_new && !second.is_new);
    assert_eq!(second.job, first.job);
    app.broker.dispatch(&[first.job]);
    app.run_jobs().await;
    let third = enqueue().await;
    assert!(third.is_new && third.job != first.job);
}

#[tokio::test]
async fn an_equal_unique_job_of_another_account_is_another_job() {
    let app = TestApp::new().await;
    let job = PlainAct {
        unique_key: Some("the same".to_owned()),
        ..PlainAct::new(Act::Succeed)
    };
    for merchant in [app.account().await, app.account().await] {
        app.enqueue(merchant.account_id(), &job).await;
    }
    app.run_jobs().await;
    let done = app
        .value("SELECT count(*) FROM jobs WHERE state = 'succeeded'")
        .await;
    assert_eq!(done, "2");
}

#[tokio::test]
#[allow(
    clippy::disallowed_methods,
    reason = "delays go by the database's clock, which is this machine's"
)]
async fn a_delayed_job_starts_at_its_time_and_not_before() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let worker = app.worker(&[Queue::Inventory]).await;
    let at = Utc::now() + TimeDelta::milliseconds(1_500);
    let new = NewJob::new(merchant.account_id(), &PlainAct::new(Act::Succeed)).unwrap();
    let job = app
        .enqueue_all(merchant.account_id(), vec![new.at(at)])
        .await[0];
    assert_eq!(app.job(job).await.state, "scheduled");
    let row = app.wait_for(job, JobState::Succeeded).await;
    let waited = row.started_at.unwrap() - at;
    assert!(waited >= TimeDelta::zero(), "it was early by {waited}");
    worker.stop().await;
}

#[tokio::test]
async fn a_job_far_in_the_future_waits_and_can_be_run_at_once() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let worker = app.worker(&[Queue::Inventory]).await;
    let account_id = merchant.account_id();
    let new = NewJob::new(account_id, &PlainAct::new(Act::Succeed)).unwrap();
    let later = "2100-01-01T00:00:00Z".parse().unwrap();
    let job = app.enqueue_all(account_id, vec![new.at(later)]).await[0];
    // Another job runs meanwhile: the worker is awake, and the first one still waits.
    let other = app.enqueue(account_id, &PlainAct::new(Act::Succeed)).await;
    app.wait_for(other, JobState::Succeeded).await;
    assert_eq!(app.job(job).await.state, "scheduled");
    let mut tx = app.db.account(account_id).await.unwrap();
    let again = jobs::retry(&mut tx, job.id).await.unwrap();
    tx.commit().await.unwrap();
    app.broker.dispatch(&[again]);
    app.wait_for(job, JobState::Succeeded).await;
    worker.stop().await;
}
