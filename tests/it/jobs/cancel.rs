use std::time::Duration;

use suite_core::{
    Error,
    job::{JobRef, JobState},
};
use suite_db::jobs;
use suite_tests::{Act, Gate, HeldJob, PlainAct, TestApp};
use tokio::time::Instant;

async fn cancel(app: &TestApp, job: JobRef) -> suite_core::Result<bool> {
    let mut tx = app.db.account(job.account_id).await.unwrap();
    let ended = jobs::cancel(&mut tx, job.id).await?;
    tx.commit().await.unwrap();
    app.broker.announce(job.account_id, job.id);
    Ok(ended)
}

#[tokio::test]
async fn a_waiting_job_that_is_called_off_never_runs() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let job = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Wait(gate.id())))
        .await;
    assert!(cancel(&app, job).await.unwrap());
    app.enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    app.run_jobs().await;
    let row = app.job(job).await;
    assert_eq!((row.state.as_str(), row.attempt), ("cancelled", 0));
    assert!(row.finished_at.is_some());
    assert_eq!(gate.entries(), []);
}

#[tokio::test]
async fn a_running_job_learns_within_two_seconds_that_it_is_called_off() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let HeldJob { job, worker, .. } = app.held_job(merchant.account_id()).await;
    let begun = Instant::now();
    assert!(!cancel(&app, job).await.unwrap());
    app.wait_for(job, JobState::Cancelled).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    worker.stop().await;
}

#[tokio::test]
async fn a_running_job_that_pays_no_heed_is_dropped() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let HeldJob { job, worker, .. } = app.stubborn_job(merchant.account_id()).await;
    cancel(&app, job).await.unwrap();
    app.wait_for(job, JobState::Cancelled).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_job_that_has_ended_cannot_be_called_off() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    app.run_jobs().await;
    let refused = cancel(&app, job).await;
    assert!(
        matches!(refused, Err(Error::Conflict { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_cancelled_job_can_be_run_after_all() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    cancel(&app, job).await.unwrap();
    let mut tx = app.db.account(job.account_id).await.unwrap();
    let again = jobs::retry(&mut tx, job.id).await.unwrap();
    tx.commit().await.unwrap();
    app.broker.dispatch(&[again]);
    app.run_jobs().await;
    assert_eq!(app.job(job).await.state, "succeeded");
}
