//! Redis away: everything is taken in as always, and done when it is back.

use serde_json::json;
use suite_core::job::{JobState, Queue};
use suite_tests::{Act, INVOICE_LINES, PlainAct, TestApp, until};

#[tokio::test]
async fn writes_succeed_without_redis_and_their_jobs_run_when_it_is_back() {
    let (app, proxy) = TestApp::before_redis(&[]).await;
    proxy.cut();
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let taken = merchant
        .upload(&store, "invoice_lines", INVOICE_LINES)
        .await
        .expect(202);
    let job = app.job_of(merchant.account_id(), &taken.json());
    merchant.get("/health").await.assert_status(200);
    let ready = merchant.get("/ready").await.expect(200).json();
    assert_eq!(ready["status"], "degraded");

    let worker = app.worker(&[Queue::Inventory]).await;
    assert_eq!(app.job(job).await.attempt, 0);
    proxy.restore();
    let row = app.wait_for(job, JobState::Succeeded).await;
    assert_eq!(row.attempt, 1);
    assert_eq!(row.result.unwrap()["rows"], 4);
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_outlives_that_redis_goes_and_comes() {
    let (app, proxy) = TestApp::before_redis(&[]).await;
    let merchant = app.account().await;
    let worker = app.worker(&[Queue::Inventory]).await;
    let act = PlainAct::new(Act::Succeed);
    let before = app.enqueue(merchant.account_id(), &act).await;
    app.wait_for(before, JobState::Succeeded).await;
    for _ in 0..2 {
        proxy.cut();
        let meanwhile = app.enqueue(merchant.account_id(), &act).await;
        proxy.restore();
        app.wait_for(meanwhile, JobState::Succeeded).await;
    }
    worker.stop().await;
    let attempts = app.value("SELECT max(attempt) FROM jobs").await;
    assert_eq!(attempts, "1");
}

#[tokio::test]
async fn limits_hold_without_redis() {
    let (app, proxy) = TestApp::before_redis(&[("SUITE__LIMITS__LOGIN_PER_MINUTE", "5")]).await;
    app.register("anna@example.com", "a good password").await;
    proxy.cut();
    let guess = json!({"email": "anna@example.com", "password": "a wrong guess"});
    until("guessing is refused", || async {
        app.stranger().post("/v1/auth/login", &guess).await.status == 429
    })
    .await;
}
