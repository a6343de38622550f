use suite_core::job::{JobState, Queue};
use suite_db::jobs::{Finish, Outcome, finish};
use suite_tests::{Act, Gate, GhostWorker, PATIENCE, PlainAct, TestApp, until};

#[tokio::test]
async fn a_finished_job_does_not_run_again_when_its_worker_crashes() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let job = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Wait(gate.id())))
        .await;
    let first = app.worker(&[Queue::Inventory]).await;
    app.wait_for(job, JobState::Succeeded).await;
    let dead = app.value("SELECT id FROM workers").await;
    first.crash();
    let second = app.worker(&[Queue::Inventory]).await;
    until("the dead worker is forgotten", || async {
        let row = format!("SELECT count(*) FROM workers WHERE id = '{dead}'");
        app.value(&row).await == "0"
    })
    .await;
    second.stop().await;
    assert_eq!(gate.entries(), [(job.id, 1)]);
}

#[tokio::test]
async fn finished_jobs_are_dropped_after_their_time_and_waiting_ones_are_not() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let account_id = merchant.account_id();
    let act = PlainAct::new(Act::Succeed);
    let done = app.enqueue(account_id, &act).await;
    app.run_jobs().await;
    let fresh = app.enqueue(account_id, &act).await;
    app.run_jobs().await;
    let retrying = app
        .write_jobs(
            account_id,
            vec![suite_core::job::NewJob::new(account_id, &act).unwrap()],
        )
        .await[0];
    app.sql(&format!(
        "UPDATE jobs SET state = 'retrying', dispatched_at = NULL, run_at = now() + interval '1 day', attempt = 1
          WHERE id = '{}'",
        retrying.id
    ))
    .await;
    app.sql(&format!(
        "UPDATE jobs SET created_at = created_at - interval '400 days', finished_at = finished_at - interval '400 days'
          WHERE id <> '{}'",
        fresh.id
    ))
    .await;
    let worker = app.worker(&[Queue::Inventory]).await;
    until("the old one is dropped", || async {
        let row = format!("SELECT count(*) FROM jobs WHERE id = '{}'", done.id);
        app.value(&row).await == "0"
    })
    .await;
    worker.stop().await;
    assert_eq!(app.job(fresh).await.state, "succeeded");
    assert_eq!(app.job(retrying).await.state, "retrying");
}

#[tokio::test]
async fn a_stale_end_in_a_batch_does_no_harm_to_the_others() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let act = PlainAct::new(Act::Succeed);
    let mut ghost = GhostWorker::enter(&app, PATIENCE).await;
    let mut ends = Vec::new();
    for _ in 0..3 {
        let job = app.enqueue(merchant.account_id(), &act).await;
        ends.push(Finish {
            account_id: job.account_id.as_uuid(),
            attempt: ghost.claim(job).await,
            outcome: Outcome::Succeeded("done".into()),
        });
    }
    ends[1].attempt.attempt += 1;
    let accepted = finish(ghost.connection(), &ends).await.unwrap();
    assert_eq!(accepted.len(), 2);
    let states = app.sql("SELECT state FROM jobs ORDER BY id").await;
    assert_eq!(states, [["succeeded"], ["running"], ["succeeded"]]);
}
