use suite_core::job::{JobState, Queue};
use suite_db::jobs::{self, Outcome, keeper};
use suite_tests::{Act, Gate, GhostWorker, HeldJob, PATIENCE, PlainAct, TestApp, until};

#[tokio::test]
async fn a_job_of_a_dead_worker_runs_again_and_nothing_of_the_first_attempt_counts() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let act = PlainAct::new(Act::Succeed);
    let job = app.enqueue(merchant.account_id(), &act).await;
    let (mut ghost, attempt) = app.claim_for_a_dead_worker(job).await;
    assert!(app.holds(job, attempt).await);

    let worker = app.worker(&[Queue::Inventory]).await;
    let row = app.wait_for(job, JobState::Succeeded).await;
    assert_eq!((row.attempt, row.crashes), (2, 1));
    worker.stop().await;

    assert!(!app.holds(job, attempt).await);
    let late = Outcome::Succeeded(serde_json::json!("too late"));
    assert!(!ghost.finish(job, attempt, late).await);
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
    let (_, attempt) = app.claim_for_a_dead_worker(job).await;
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
    app.claim_for_a_dead_worker(job).await;
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
    app.claim_for_a_dead_worker(job).await;
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
    let HeldJob { job, gate, worker } = app.held_job(merchant.account_id()).await;
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

#[tokio::test]
async fn an_end_that_is_written_twice_does_not_end_the_next_claim_of_the_same_worker() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let act = PlainAct::new(Act::Succeed);
    let job = app.enqueue(merchant.account_id(), &act).await;
    let mut ghost = GhostWorker::enter(&app, PATIENCE).await;
    let first = ghost.claim(job).await;
    let back = Outcome::Released {
        after: std::time::Duration::ZERO,
        error: None,
    };
    assert!(ghost.finish(job, first, back.clone()).await);
    keeper::hand_out_due(ghost.connection(), 10).await.unwrap();
    let second = ghost.claim(job).await;
    assert_eq!(second.attempt, first.attempt, "the attempt was refunded");
    // The answer to the first end was lost, and the finisher sends it once more.
    assert!(!ghost.finish(job, first, back).await);
    assert!(!app.holds(job, first).await);
    assert!(app.holds(job, second).await);
    let done = Outcome::Succeeded(serde_json::json!("once"));
    assert!(ghost.finish(job, second, done).await);
}
