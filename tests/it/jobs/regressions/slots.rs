use suite_core::job::{NewJob, Queue};
use suite_tests::{Act, Gate, PlainAct, TestApp, until};

#[tokio::test]
async fn long_jobs_in_all_slots_keep_their_lease() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::shut();
    let act = PlainAct::new(Act::Wait(gate.id()));
    let new = (0..6).map(|_| NewJob::new(merchant.account_id(), &act).unwrap());
    app.enqueue_all(merchant.account_id(), new.collect()).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    gate.wait_for_entries(4).await;
    let idle = app.worker(&[Queue::Inventory]).await;
    until("they have run for longer than the lease", || async {
        let oldest =
            "SELECT max(w.beat_at) > min(j.started_at) + interval '4 s' FROM workers w, jobs j";
        app.value(oldest).await == "t"
    })
    .await;
    gate.unlock();
    app.wait_until_quiet().await;
    worker.stop().await;
    idle.stop().await;
    assert_eq!(gate.entries().len(), 6);
    assert_eq!(app.value("SELECT sum(crashes) FROM jobs").await, "0");
}
