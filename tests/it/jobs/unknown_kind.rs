use suite_core::job::{JobState, Queue};
use suite_tests::{Act, Gate, LowAct, PlainAct, TestApp, test_kinds, until};
use suite_worker::runtime::Registry;

#[tokio::test]
async fn a_kind_of_a_newer_version_is_left_for_a_newer_worker_and_holds_up_nobody() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let account_id = merchant.account_id();
    let gate = Gate::open();
    let unknown = app
        .enqueue(account_id, &PlainAct::new(Act::Wait(gate.id())))
        .await;
    let known = app.enqueue(account_id, &LowAct::new(Act::Succeed)).await;

    let mut setup = app.worker_setup(&[Queue::Inventory]);
    let low_only = test_kinds()
        .into_iter()
        .filter(|kind| kind.terms().name == "test_low");
    setup.kinds = Registry::new(low_only);
    let old = app.start_worker(setup).await;
    app.wait_for(known, JobState::Succeeded).await;
    until("the unknown one was put off", || async {
        app.job(unknown).await.dispatched_at.is_none()
    })
    .await;
    let row = app.job(unknown).await;
    assert_eq!((row.state.as_str(), row.attempt), ("queued", 0));
    assert_eq!(row.error, None);

    let new = app.worker(&[Queue::Inventory]).await;
    let row = app.wait_for(unknown, JobState::Succeeded).await;
    assert_eq!(row.attempt, 1);
    assert_eq!(gate.entries(), [(unknown.id, 1)]);
    old.stop().await;
    new.stop().await;
}
