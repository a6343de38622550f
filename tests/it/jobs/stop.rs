use std::{collections::HashSet, time::Duration};

use suite_core::job::{JobState, NewJob, Queue};
use suite_tests::{Act, Gate, HeldJob, PlainAct, ReportAct, TestApp, until};

#[tokio::test]
async fn a_job_that_outlasts_the_grace_is_handed_back_with_its_attempt() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let HeldJob { job, gate, worker } = app.held_job(merchant.account_id()).await;
    worker.stop_within(Duration::from_millis(100)).await;
    let row = app.job(job).await;
    assert_eq!((row.state.as_str(), row.attempt), ("queued", 0));
    assert_eq!(row.crashes, 0);
    assert_eq!(app.value("SELECT count(*) FROM workers").await, "0");
    gate.unlock();
    app.run_jobs().await;
    assert_eq!(gate.entries(), [(job.id, 1), (job.id, 1)]);
}

#[tokio::test]
async fn a_job_that_ends_within_the_grace_is_done() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let HeldJob { job, gate, worker } = app.held_job(merchant.account_id()).await;
    let opener = gate.clone();
    tokio::join!(worker.stop(), async move { opener.unlock() });
    let row = app.job(job).await;
    assert_eq!((row.state.as_str(), row.attempt), ("succeeded", 1));
}

#[tokio::test]
async fn nothing_is_stranded_when_a_worker_stops_in_the_middle_of_a_flood() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let act = PlainAct::new(Act::Wait(gate.id()));
    let flood = (0..300).map(|_| NewJob::new(merchant.account_id(), &act).unwrap());
    app.enqueue_all(merchant.account_id(), flood.collect())
        .await;
    let worker = app.worker(&[Queue::Inventory]).await;
    gate.wait_for_entries(20).await;
    worker.stop().await;
    let running = app
        .value("SELECT count(*) FROM jobs WHERE state = 'running'")
        .await;
    assert_eq!(running, "0");
    app.run_jobs().await;
    let entries = gate.entries();
    let ran: HashSet<_> = entries.iter().map(|(id, _)| *id).collect();
    assert_eq!((ran.len(), entries.len()), (300, 300));
}

#[tokio::test]
async fn a_paused_queue_starts_nothing_and_the_others_go_on() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let account_id = merchant.account_id();
    let gate = Gate::open();
    app.sql("UPDATE queues SET paused_at = now() WHERE name = 'inventory'")
        .await;
    let paused = app
        .enqueue(account_id, &PlainAct::new(Act::Wait(gate.id())))
        .await;
    let worker = app.worker(&Queue::ALL).await;
    let other = app.enqueue(account_id, &ReportAct::new(Act::Succeed)).await;
    app.wait_for(other, JobState::Succeeded).await;
    assert_eq!(app.job(paused).await.state, "queued");
    assert_eq!(gate.entries(), []);
    app.sql("UPDATE queues SET paused_at = NULL").await;
    app.wait_for(paused, JobState::Succeeded).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_queue_that_is_paused_while_it_works_ends_what_runs_and_takes_no_more() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::shut();
    let act = PlainAct::new(Act::Wait(gate.id()));
    let new = (0..8).map(|_| NewJob::new(merchant.account_id(), &act).unwrap());
    app.enqueue_all(merchant.account_id(), new.collect()).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    gate.wait_for_entries(4).await;
    app.sql("UPDATE queues SET paused_at = now() WHERE name = 'inventory'")
        .await;
    until("the worker knows", || async {
        worker.jobs().paused_queues() == [Queue::Inventory]
    })
    .await;
    gate.unlock();
    until("what ran is done", || async {
        let done = "SELECT count(*) FROM jobs WHERE state = 'succeeded'";
        app.value(done).await == "4"
    })
    .await;
    app.sql("UPDATE queues SET paused_at = NULL").await;
    app.wait_until_quiet().await;
    worker.stop().await;
    assert_eq!(gate.entries().len(), 8);
}
