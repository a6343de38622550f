//! Jobs that harm their process: real processes, as a panic is all that can be caught inside one.

use suite_core::{
    id::AccountId,
    job::{JobRef, JobState},
};
use suite_tests::{
    TestApp, TestProcess,
    chaos::{ProcessAct, ProcessWork},
    until,
};

const INVENTORY: &[&str] = &["--queue", "inventory"];

async fn enqueue(app: &TestApp, account_id: AccountId, act: ProcessAct) -> JobRef {
    app.enqueue(account_id, &ProcessWork { act }).await
}

/// Starts workers one after the other, as a process manager does, until a job has ended; returns the last one.
async fn keep_a_worker_until_the_end_of(app: &TestApp, job: JobRef) -> TestProcess {
    loop {
        let mut worker = app.spawn("suite-test-worker", INVENTORY);
        until("the worker or the job has ended", || {
            let has_ended = worker.has_ended();
            async move { has_ended || app.job(job).await.finished_at.is_some() }
        })
        .await;
        if app.job(job).await.finished_at.is_some() {
            return worker;
        }
    }
}

#[tokio::test]
async fn a_job_that_aborts_the_process_is_buried_and_its_neighbours_are_not() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let mut neighbours = Vec::new();
    for _ in 0..3 {
        neighbours.push(enqueue(&app, account_id, ProcessAct::Work(2_500)).await);
    }
    let poison = enqueue(&app, account_id, ProcessAct::Abort).await;
    // Killed in the middle of a neighbour, it would bury that one.
    let worker = keep_a_worker_until_the_end_of(&app, poison).await;
    let row = app.job(poison).await;
    assert_eq!((row.state.as_str(), row.crashes), ("dead", 3));
    assert!(row.error.unwrap().ends_with("died with it (crash 3)"));
    for job in neighbours {
        app.wait_for(job, JobState::Succeeded).await;
    }
    assert!(worker.terminate().await.success());
}

#[tokio::test]
async fn a_job_that_overflows_the_stack_counts_a_crash() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let poison = enqueue(&app, account_id, ProcessAct::OverflowStack).await;
    app.sql("UPDATE jobs SET crashes = 2").await;
    keep_a_worker_until_the_end_of(&app, poison).await;
    let row = app.job(poison).await;
    assert_eq!((row.state.as_str(), row.crashes), ("dead", 3));
}

#[tokio::test]
async fn a_job_that_computes_for_longer_than_the_lease_keeps_it() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let first = app.spawn("suite-test-worker", INVENTORY);
    let second = app.spawn("suite-test-worker", INVENTORY);
    let job = enqueue(&app, account_id, ProcessAct::Compute(5_000)).await;
    let row = app.wait_for(job, JobState::Succeeded).await;
    assert_eq!((row.attempt, row.crashes), (1, 0));
    assert!(first.terminate().await.success());
    assert!(second.terminate().await.success());
}

#[tokio::test]
async fn a_worker_that_outgrows_its_memory_limit_says_so_and_ends_and_its_neighbours_end_well() {
    let app = TestApp::with(&[("SUITE__WORKER__MEMORY_LIMIT_MIB", "250")]).await;
    let account_id = app.account().await.account_id();
    let neighbour = enqueue(&app, account_id, ProcessAct::Work(1_500)).await;
    let large = enqueue(&app, account_id, ProcessAct::Grow(400)).await;
    app.sql(&format!(
        "UPDATE jobs SET crashes = 2 WHERE id = '{}'",
        large.id
    ))
    .await;
    let worker = app.spawn_heard("suite-test-worker", INVENTORY);
    let (status, words) = worker.ended_with_words().await;
    assert_eq!(status.code(), Some(1), "{words}");
    assert!(words.contains("outgrew its memory limit"), "{words}");
    let row = app.job(neighbour).await;
    assert_eq!((row.state.as_str(), row.attempt), ("succeeded", 1));
    keep_a_worker_until_the_end_of(&app, large).await;
    assert_eq!(app.job(large).await.state, "dead");
}

#[tokio::test]
async fn a_worker_whose_fetching_is_stuck_says_so_and_ends_with_a_failure() {
    let app = TestApp::with(&[("SUITE__WORKER__STUCK_SECONDS", "2")]).await;
    let account_id = app.account().await.account_id();
    enqueue(&app, account_id, ProcessAct::Compute(200_000)).await;
    let worker = app.spawn_heard(
        "suite-test-worker",
        &["--queue", "inventory", "--one-runtime"],
    );
    let (status, words) = worker.ended_with_words().await;
    assert_eq!(status.code(), Some(70), "{words}");
    assert!(
        words.contains("a task of the job layer is stuck"),
        "{words}"
    );
}

#[tokio::test]
async fn a_rolling_deploy_with_old_and_new_workers_on_one_queue_loses_nothing() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let old = app.spawn("suite-test-worker", &["--queue", "inventory", "--old"]);
    until("the old one is there", || async {
        app.value("SELECT count(*) FROM workers").await == "1"
    })
    .await;
    let mut jobs = Vec::new();
    for milliseconds in 0..30 {
        let act = ProcessAct::Work(milliseconds * 10);
        jobs.push(enqueue(&app, account_id, act).await);
    }
    let new = app.spawn("suite-test-worker", INVENTORY);
    app.wait_for(jobs[0], JobState::Succeeded).await;
    let newer = app.spawn("suite-test-worker", INVENTORY);
    assert!(old.terminate().await.success());
    assert!(new.terminate().await.success());
    for job in jobs {
        let row = app.wait_for(job, JobState::Succeeded).await;
        assert_eq!((row.attempt, row.crashes), (1, 0));
    }
    assert!(newer.terminate().await.success());
}

#[tokio::test]
async fn two_workers_of_one_host_and_queue_tell_their_jobs_apart() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let first = app.spawn("suite-test-worker", INVENTORY);
    let job = enqueue(&app, account_id, ProcessAct::Work(4_500)).await;
    app.wait_for(job, JobState::Running).await;
    let second = app.spawn("suite-test-worker", INVENTORY);
    until("both are there", || async {
        app.value("SELECT count(*) FROM workers").await == "2"
    })
    .await;
    second.kill().await;
    let third = app.spawn("suite-test-worker", INVENTORY);
    let row = app.wait_for(job, JobState::Succeeded).await;
    assert_eq!((row.attempt, row.crashes), (1, 0));
    for worker in [first, third] {
        assert!(worker.terminate().await.success());
    }
}
