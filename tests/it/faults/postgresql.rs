//! PostgreSQL away: quick refusals that invite to come back, a live process, and everything as before afterwards.

use std::time::Duration;

use serde_json::json;
use suite_tests::{Client, HeldJob, Proxy, TestApp, until};
use tokio::time::Instant;

/// As installations have them; the harness is more patient for everything else.
const PATIENCE: &[(&str, &str)] = &[
    ("SUITE__DATABASE__ACQUIRE_TIMEOUT_MS", "500"),
    ("SUITE__DATABASE__CONNECT_TIMEOUT_MS", "2000"),
];

/// A second is promised; a busy machine gets two more.
const LONGEST: Duration = Duration::from_secs(3);

async fn is_refused_in_time(merchant: &Client) {
    let store = json!({"name": "Tea", "currency": "GBP", "timezone": "Europe/London"});
    let begun = Instant::now();
    let read = merchant.get("/v1/stores").await;
    let took_to_read = begun.elapsed();
    let write = merchant.post("/v1/stores", &store).await;
    for answer in [&read, &write] {
        answer.problem(503, "unavailable");
        let seconds: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds));
    }
    assert!(took_to_read < LONGEST, "{took_to_read:?}");
    let alive = merchant.get("/health").await.expect(200);
    assert_eq!(alive.json()["status"], "alive");
    let ready = merchant.get("/ready").await.expect(503).json();
    assert_eq!(ready["status"], "unavailable");
}

async fn comes_back(proxy: &Proxy, merchant: &Client) {
    proxy.restore();
    until("stores are listed again", || async {
        merchant.get("/v1/stores").await.status == 200
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_away_is_told_at_once() {
    let (app, proxy) = TestApp::before_database(PATIENCE).await;
    let merchant = app.account().await;
    merchant.get("/v1/stores").await.assert_status(200);
    proxy.cut();
    is_refused_in_time(&merchant).await;
    comes_back(&proxy, &merchant).await;
}

#[tokio::test]
async fn a_database_that_hangs_is_met_like_one_that_is_away() {
    let (app, proxy) = TestApp::before_database(PATIENCE).await;
    let merchant = app.account().await;
    merchant.get("/v1/stores").await.assert_status(200);
    proxy.cut();
    // A line that is cut and hung in one breath would only hang, for connections that are open too.
    until("the cut is felt", || async {
        merchant.get("/v1/stores").await.status == 503
    })
    .await;
    proxy.hang();
    is_refused_in_time(&merchant).await;
    comes_back(&proxy, &merchant).await;
}

#[tokio::test]
async fn jobs_go_on_when_the_database_is_back_and_lose_no_attempt() {
    let (app, proxy) = TestApp::before_database(&[]).await;
    let merchant = app.account().await;
    let HeldJob { job, gate, worker } = app.held_job(merchant.account_id()).await;
    // The job ends while the database is away: its end is kept until it can be written.
    proxy.cut();
    gate.unlock();
    until("the end waits to be written", || async {
        worker.jobs().running().count() == 0
    })
    .await;
    proxy.restore();
    // Asked past the proxy: the test's own pool has yet to notice that its connections are gone.
    until("the job is done", || async {
        let job = app.sql("SELECT state, attempt, crashes FROM jobs").await;
        job == [["succeeded", "1", "0"]]
    })
    .await;
    worker.stop().await;
    assert_eq!(gate.entries(), [(job.id, 1)]);
}

#[tokio::test]
async fn a_request_whose_statement_hangs_with_the_server_is_answered_in_time() {
    let (app, proxy) = TestApp::before_database(PATIENCE).await;
    let merchant = app.account().await;
    merchant.get("/v1/stores").await.assert_status(200);
    let holder = app.database.owner().await;
    holder
        .batch_execute("BEGIN; LOCK TABLE stores IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let asking = tokio::spawn({
        let merchant = merchant.clone();
        async move { merchant.get("/v1/stores").await }
    });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("the statement is under way", || async {
        app.value(waiting).await == "1"
    })
    .await;
    let begun = Instant::now();
    proxy.hang();
    let answer = asking.await.unwrap();
    answer.problem(503, "unavailable");
    assert!(begun.elapsed() < LONGEST, "{:?}", begun.elapsed());
    drop(holder);
    comes_back(&proxy, &merchant).await;
}
