use suite_core::job::{JobState, Queue};
use suite_tests::{Act, Gate, PlainAct, TestApp, until};

#[tokio::test]
async fn arguments_of_a_newer_version_are_left_unharmed_for_a_newer_worker() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = PlainAct::new(Act::Succeed);
    let job = app.enqueue(merchant.account_id(), &job).await;
    let newer = r#"{"act": {"of_a_newer_version": 1}, "unique_key": null}"#;
    app.sql(&format!("UPDATE jobs SET args = '{newer}'")).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    until("it was looked at", || async {
        app.job(job).await.error_detail.is_some()
    })
    .await;
    let row = app.job(job).await;
    assert_eq!((row.state.as_str(), row.attempt), ("queued", 0));
    assert!(row.error_detail.unwrap().contains("of_a_newer_version"));
    // A worker that can read them comes: here the same one, with arguments that it can read.
    let known = r#"{"act": "succeed", "unique_key": null}"#;
    app.sql(&format!("UPDATE jobs SET args = '{known}'")).await;
    let row = app.wait_for(job, JobState::Succeeded).await;
    assert_eq!((row.attempt, row.error), (1, None));
    worker.stop().await;
}

#[tokio::test]
async fn an_attempt_that_takes_longer_than_its_kind_may_fails() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::shut();
    let act = PlainAct::new(Act::WaitStubbornly(gate.id()));
    let job = app.enqueue(merchant.account_id(), &act).await;
    app.sql("UPDATE jobs SET timeout_ms = 100").await;
    let worker = app.worker(&[Queue::Inventory]).await;
    let row = app.wait_for(job, JobState::Dead).await;
    assert_eq!(row.attempt, 3);
    assert!(row.error_detail.unwrap().contains("took longer"));
    worker.stop().await;
}
