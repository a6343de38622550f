use chrono::TimeDelta;
use suite_core::job::{JobState, NewJob, Queue};
use suite_tests::{Act, PlainAct, ReportAct, TestApp, until};

const MANY: usize = 12_000;

#[tokio::test]
#[allow(
    clippy::disallowed_methods,
    reason = "delays go by the database's clock, which is this machine's"
)]
async fn twelve_thousand_jobs_that_are_due_at_once_are_all_handed_out() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let account_id = merchant.account_id();
    let at = chrono::Utc::now() + TimeDelta::seconds(2);
    let job = ReportAct::new(Act::Succeed);
    let new = (0..MANY).map(|_| NewJob::new(account_id, &job).unwrap().at(at));
    app.write_jobs(account_id, new.collect()).await;
    // It serves another queue, so that all of them must wait in Redis at once.
    let worker = app.worker(&[Queue::Inventory]).await;
    until("all are in Redis", || async {
        let depths = app.broker.waiting(Queue::Reports).await.unwrap();
        depths.iter().map(|(_, depth)| depth).sum::<u64>() == MANY as u64
    })
    .await;
    let other = app.enqueue(account_id, &PlainAct::new(Act::Succeed)).await;
    app.wait_for(other, JobState::Succeeded).await;
    worker.stop().await;
}

#[tokio::test]
async fn an_idle_worker_is_woken_without_the_keeper() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let mut setup = app.worker_setup(&[Queue::Inventory]);
    // Neither a beat nor the keeper comes round while the test lasts.
    setup.settings.worker.lease_seconds = 3_600;
    setup.settings.worker.keeper_interval_ms = 3_600_000;
    let worker = app.start_worker(setup).await;
    for _ in 0..3 {
        let job = app
            .enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
            .await;
        app.wait_for(job, JobState::Succeeded).await;
    }
    worker.stop().await;
}
