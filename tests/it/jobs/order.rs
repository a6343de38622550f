use suite_core::{
    id::JobId,
    job::{NewJob, Queue},
};
use suite_tests::{Act, Gate, LowAct, PlainAct, ReportAct, TestApp, TestWorker, UrgentAct, until};
use uuid::{NoContext, Timestamp, Uuid};

async fn worker_with_slots(app: &TestApp, slots: usize) -> TestWorker {
    let mut setup = app.worker_setup(&[Queue::Inventory]);
    setup.settings.worker.concurrency = slots;
    app.start_worker(setup).await
}

/// Returns the id of a job that was made so many minutes ago: a job's age is in its id, by the machine's clock.
#[allow(
    clippy::disallowed_methods,
    reason = "ids go by the machine's clock, which no test can set"
)]
fn made_before(minutes: u64) -> JobId {
    let seconds = chrono::Utc::now().timestamp().unsigned_abs() - minutes * 60;
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0)).into()
}

async fn wait_for_ids(app: &TestApp, count: u64) {
    until("the ids are in Redis", || async {
        let depths = app.broker.waiting(Queue::Inventory).await.unwrap();
        depths.iter().map(|(_, depth)| depth).sum::<u64>() == count
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_one_account_delays_nobody() {
    let app = TestApp::new().await;
    let (busy, quiet) = (app.account().await, app.account().await);
    let gate = Gate::open();
    let act = PlainAct::new(Act::Wait(gate.id()));
    let flood = (0..200).map(|_| NewJob::new(busy.account_id(), &act).unwrap());
    app.enqueue_all(busy.account_id(), flood.collect()).await;
    let few = (0..3).map(|_| NewJob::new(quiet.account_id(), &act).unwrap());
    let few = app.enqueue_all(quiet.account_id(), few.collect()).await;
    wait_for_ids(&app, 203).await;
    let worker = worker_with_slots(&app, 1).await;
    app.wait_until_quiet().await;
    worker.stop().await;
    let order = gate.entries();
    for job in few {
        let place = order.iter().position(|(id, _)| *id == job.id);
        assert!(place.unwrap() < 10, "{place:?}");
    }
}

#[tokio::test]
async fn jobs_of_one_account_start_by_urgency_and_equal_ones_by_age() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let account_id = merchant.account_id();
    let gate = Gate::open();
    let act = Act::Wait(gate.id());
    let low = app.enqueue(account_id, &LowAct::new(act.clone())).await;
    let first = app.enqueue(account_id, &PlainAct::new(act.clone())).await;
    let second = app.enqueue(account_id, &PlainAct::new(act.clone())).await;
    let urgent = app.enqueue(account_id, &UrgentAct::new(act)).await;
    wait_for_ids(&app, 4).await;
    let worker = worker_with_slots(&app, 1).await;
    app.wait_until_quiet().await;
    worker.stop().await;
    let order: Vec<JobId> = gate.entries().into_iter().map(|(id, _)| id).collect();
    assert_eq!(order, [urgent.id, first.id, second.id, low.id]);
}

#[tokio::test]
async fn a_low_job_goes_before_an_urgent_one_when_it_has_waited_ten_minutes_longer() {
    let app = TestApp::new().await;
    let gate = Gate::open();
    let act = Act::Wait(gate.id());
    let mut expected = Vec::new();
    for (minutes, goes_first) in [(11, true), (9, false)] {
        let account_id = app.account().await.account_id();
        let mut low = NewJob::new(account_id, &LowAct::new(act.clone())).unwrap();
        low.id = made_before(minutes);
        let urgent = NewJob::new(account_id, &UrgentAct::new(act.clone())).unwrap();
        expected.push(if goes_first {
            (low.id, urgent.id)
        } else {
            (urgent.id, low.id)
        });
        app.enqueue_all(account_id, vec![low, urgent]).await;
    }
    wait_for_ids(&app, 4).await;
    let worker = worker_with_slots(&app, 1).await;
    app.wait_until_quiet().await;
    worker.stop().await;
    let order = gate.entries();
    let place = |id: JobId| order.iter().position(|(entered, _)| *entered == id);
    for (first, second) in expected {
        assert!(place(first) < place(second), "{order:?}");
    }
}

#[tokio::test]
async fn no_more_is_taken_than_there_are_free_slots() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::shut();
    let act = PlainAct::new(Act::Wait(gate.id()));
    let new = (0..7).map(|_| NewJob::new(merchant.account_id(), &act).unwrap());
    app.enqueue_all(merchant.account_id(), new.collect()).await;
    let worker = worker_with_slots(&app, 2).await;
    gate.wait_for_entries(2).await;
    wait_for_ids(&app, 5).await;
    let states = app
        .sql("SELECT state, count(*) FROM jobs GROUP BY state ORDER BY state")
        .await;
    assert_eq!(states, [["queued", "5"], ["running", "2"]]);
    gate.unlock();
    app.wait_until_quiet().await;
    worker.stop().await;
    assert_eq!(gate.entries().len(), 7);
}

#[tokio::test]
async fn queues_that_share_one_slot_take_turns() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let gate = Gate::shut();
    let act = Act::Wait(gate.id());
    let mut reports = Vec::new();
    for _ in 0..3 {
        app.enqueue(account_id, &PlainAct::new(act.clone())).await;
        let report = app.enqueue(account_id, &ReportAct::new(act.clone())).await;
        reports.push(report.id);
    }
    wait_for_ids(&app, 3).await;
    let mut setup = app.worker_setup(&[Queue::Inventory, Queue::Reports]);
    setup.settings.worker.concurrency = 1;
    setup.settings.worker.share_slots = true;
    let worker = app.start_worker(setup).await;
    gate.wait_for_entries(1).await;
    let running = "SELECT count(*) FROM jobs WHERE state = 'running'";
    assert_eq!(app.value(running).await, "1");
    let shown = app.value("SELECT concurrency FROM workers").await;
    assert_eq!(shown, "1", "what the operator reads");
    gate.unlock();
    app.wait_until_quiet().await;
    worker.stop().await;
    let entries = gate.entries();
    let is_report: Vec<bool> = entries.iter().map(|(id, _)| reports.contains(id)).collect();
    assert_eq!(is_report.len(), 6);
    // Whichever is served first may come twice while the other connects, and the other twice at the end.
    for three in is_report.windows(3) {
        assert!(three.iter().any(|one| *one != three[0]), "{is_report:?}");
    }
}
