use chrono::TimeDelta;
use suite_core::job::{JobState, Queue};
use suite_db::jobs;
use suite_tests::{Act, Gate, PlainAct, TestApp, until};

#[tokio::test]
async fn a_failed_job_is_tried_again_after_its_backoff_until_it_succeeds() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let job = app
        .enqueue(
            merchant.account_id(),
            &PlainAct::new(Act::FailUntil(gate.id(), 3)),
        )
        .await;
    app.run_jobs().await;
    let row = app.job(job).await;
    assert_eq!((row.state.as_str(), row.attempt), ("succeeded", 3));
    assert_eq!((row.error, row.error_detail), (None, None));
    assert_eq!(gate.entries(), [(job.id, 1), (job.id, 2), (job.id, 3)]);
}

#[tokio::test]
async fn a_job_that_waits_for_its_next_attempt_is_retrying_with_its_error() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let job = app
        .enqueue(
            merchant.account_id(),
            &PlainAct::new(Act::FailUntil(gate.id(), 2)),
        )
        .await;
    let worker = app.worker(&[Queue::Inventory]).await;
    gate.wait_for_entries(1).await;
    until("the first attempt is written", || async {
        app.job(job).await.state != "running"
    })
    .await;
    worker.stop().await;
    let failed = app
        .sql("SELECT error, error_detail, run_at > started_at FROM jobs WHERE attempt = 1")
        .await;
    // The second attempt may have begun and ended before the worker stopped.
    for row in failed {
        assert_eq!(
            row,
            ["internal error", "internal error: as it was told", "t"]
        );
    }
    app.run_jobs().await;
    assert_eq!(app.job(job).await.attempt, 2);
}

#[tokio::test]
async fn a_job_out_of_attempts_is_dead_and_kept_and_can_be_retried_by_hand() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let act = PlainAct::new(Act::FailUntil(gate.id(), 99));
    let job = app.enqueue(merchant.account_id(), &act).await;
    app.run_jobs().await;
    let row = app.job(job).await;
    assert_eq!((row.state.as_str(), row.attempt), ("dead", 3));
    assert_eq!(row.error.as_deref(), Some("internal error"));
    assert!(row.finished_at.is_some());

    let mut tx = app.db.account(job.account_id).await.unwrap();
    let again = jobs::retry(&mut tx, job.id).await.unwrap();
    tx.commit().await.unwrap();
    app.broker.dispatch(&[again]);
    app.run_jobs().await;
    assert_eq!(gate.entries().len(), 6);
    assert_eq!(app.job(job).await.state, "dead");
}

#[tokio::test]
async fn what_cannot_succeed_is_dead_after_one_attempt() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Discard))
        .await;
    app.run_jobs().await;
    let row = app.job(job).await;
    assert_eq!((row.state.as_str(), row.attempt), ("dead", 1));
}

#[tokio::test]
async fn a_panic_fails_its_own_job_only() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let account_id = merchant.account_id();
    let panics = app
        .enqueue(account_id, &PlainAct::new(Act::Panic(gate.id())))
        .await;
    let mut neighbours = Vec::new();
    for _ in 0..20 {
        neighbours.push(app.enqueue(account_id, &PlainAct::new(Act::Succeed)).await);
    }
    app.run_jobs().await;
    let row = app.job(panics).await;
    assert_eq!((row.state.as_str(), row.attempt), ("dead", 3));
    assert_eq!(row.error.as_deref(), Some("internal error"));
    assert_eq!(
        row.error_detail.as_deref(),
        Some("internal error: panicked: as it was told")
    );
    for job in neighbours {
        assert_eq!(app.job(job).await.state, "succeeded");
    }
}

#[tokio::test]
async fn the_waits_between_attempts_follow_the_backoff_of_the_kind() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let act = PlainAct::new(Act::FailUntil(gate.id(), 99));
    let job = app.enqueue(merchant.account_id(), &act).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    app.wait_for(job, JobState::Dead).await;
    worker.stop().await;
    let row = app.job(job).await;
    // Two waits of at least 75 % of 100 and 200 milliseconds lie between the first start and the last.
    let took = row.started_at.unwrap() - row.created_at;
    assert!(took >= TimeDelta::milliseconds(225), "{took}");
}
