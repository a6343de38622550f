//! An import that is disturbed in the middle must end exact.

use suite_core::job::{JobRef, JobState, Queue};
use suite_tests::{Client, PlainAct, TestApp, real_invoices, until};

use super::totals::Totals;

/// Enough for several batches.
const LINES: usize = 110_000;

async fn upload(app: &TestApp, merchant: &Client, file: &str) -> JobRef {
    let store = merchant.store("GBP", "Europe/London").await;
    let answer = merchant.upload(&store, "invoice_lines", file.to_owned());
    app.job_of(merchant.account_id(), &answer.await.expect(202).json())
}

async fn rows_read(app: &TestApp) -> usize {
    let rows = app.value("SELECT max(rows_read) FROM imports").await;
    rows.parse().unwrap()
}

async fn wait_for_the_middle(app: &TestApp) {
    until("the first batch is written", || async {
        rows_read(app).await > 0
    })
    .await;
}

#[tokio::test]
async fn an_import_whose_worker_is_killed_in_the_middle_is_exact() {
    let Some(file) = real_invoices(LINES) else {
        return;
    };
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = upload(&app, &merchant, &file).await;
    let first = app.spawn_worker(&[Queue::Inventory]);
    wait_for_the_middle(&app).await;
    first.kill().await;
    let middle = rows_read(&app).await;
    assert!(middle < LINES, "it was over before it could be killed");

    let second = app.spawn_worker(&[Queue::Inventory]);
    let row = app.wait_for(job, JobState::Succeeded).await;
    assert_eq!((row.attempt, row.crashes), (2, 1));
    assert_eq!(row.result.unwrap()["rows"], LINES);
    assert_eq!(Totals::in_database(&app).await, Totals::of(&file));
    assert!(second.terminate().await.success());
}

#[tokio::test]
async fn an_import_during_which_redis_is_wiped_is_exact_and_no_job_is_lost() {
    let Some(file) = real_invoices(LINES) else {
        return;
    };
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = upload(&app, &merchant, &file).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    wait_for_the_middle(&app).await;
    let other = PlainAct::new(suite_tests::Act::Succeed);
    for _ in 0..20 {
        app.enqueue(merchant.account_id(), &other).await;
    }
    app.redis.wipe().await;
    app.wait_for(job, JobState::Succeeded).await;
    app.wait_until_quiet().await;
    worker.stop().await;
    let done = app.value("SELECT count(*) FROM jobs WHERE state = 'succeeded' AND attempt = 1");
    assert_eq!(done.await, "21");
    assert_eq!(Totals::in_database(&app).await, Totals::of(&file));
}
