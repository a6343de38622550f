use std::time::Duration;

use suite_core::{
    id::AccountId,
    job::{JobRef, JobState, NewJob, Queue},
};
use suite_db::jobs::{self, limits};
use suite_tests::{Act, Gate, LowAct, PlainAct, ReportAct, TestApp, UrgentAct, until};

fn waiting(account_id: AccountId, gate: &Gate) -> NewJob {
    NewJob::new(account_id, &PlainAct::new(Act::Wait(gate.id()))).unwrap()
}

fn many(count: usize, make: impl Fn() -> NewJob) -> Vec<NewJob> {
    (0..count).map(|_| make()).collect()
}

async fn parked(app: &TestApp) -> String {
    app.value("SELECT count(*) FROM jobs WHERE parked_on IS NOT NULL AND dispatched_at IS NULL")
        .await
}

async fn parked_are(app: &TestApp, count: usize) {
    let count = count.to_string();
    until("so many are parked", || async {
        parked(app).await == count
    })
    .await;
}

async fn running(app: &TestApp) -> String {
    app.value("SELECT count(*) FROM jobs WHERE state = 'running'")
        .await
}

/// How many jobs ran at the same time at most, as their rows tell.
async fn most_at_once(app: &TestApp, kind: &str) -> String {
    let sql = format!(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM jobs a JOIN jobs b
            ON b.kind = a.kind AND b.started_at <= a.started_at AND b.finished_at > a.started_at
           WHERE a.kind = '{kind}' GROUP BY a.id) at_once"
    );
    app.value(&sql).await
}

#[tokio::test]
async fn no_more_jobs_of_a_queue_run_than_its_limit_in_all_workers_together() {
    let app = TestApp::with(&[("SUITE__JOBS__QUEUE_LIMITS", "inventory=3")]).await;
    let account_id = app.account().await.account_id();
    let gate = Gate::shut();
    app.enqueue_all(account_id, many(20, || waiting(account_id, &gate)))
        .await;
    let (one, other) = (
        app.worker(&[Queue::Inventory]).await,
        app.worker(&[Queue::Inventory]).await,
    );
    gate.wait_for_entries(3).await;
    parked_are(&app, 17).await;
    assert_eq!(running(&app).await, "3");
    gate.unlock();
    app.wait_until_quiet().await;
    one.stop().await;
    other.stop().await;
    assert_eq!(most_at_once(&app, "test_plain").await, "3");
    let burnt = "SELECT count(*) FROM jobs WHERE attempt <> 1 OR parked_on IS NOT NULL";
    assert_eq!(app.value(burnt).await, "0");
}

#[tokio::test]
async fn an_account_at_its_limit_holds_up_no_other_and_no_worker() {
    let app = TestApp::with(&[("SUITE__JOBS__ACCOUNT_LIMITS", "inventory=1")]).await;
    let flood = app.account().await.account_id();
    let other = app.account().await.account_id();
    let gate = Gate::shut();
    app.enqueue_all(flood, many(30, || waiting(flood, &gate)))
        .await;
    let worker = app.worker(&[Queue::Inventory]).await;
    parked_are(&app, 29).await;
    let job = app.enqueue(other, &PlainAct::new(Act::Succeed)).await;
    app.wait_for(job, JobState::Succeeded).await;
    assert_eq!(
        (running(&app).await, parked(&app).await),
        ("1".to_owned(), "29".to_owned())
    );
    gate.unlock();
    app.wait_until_quiet().await;
    worker.stop().await;
    let of_flood =
        "SELECT count(*) FROM jobs a JOIN jobs b ON b.account_id = a.account_id AND b.id <> a.id
        AND b.started_at <= a.started_at AND b.finished_at > a.started_at";
    assert_eq!(app.value(of_flood).await, "0");
}

#[tokio::test]
async fn a_service_at_its_limit_holds_jobs_of_all_queues_and_no_others() {
    let app = TestApp::with(&[("SUITE__JOBS__SERVICE_LIMITS", "shopify=1,sendgrid=2")]).await;
    let account_id = app.account().await.account_id();
    let gate = Gate::shut();
    let report = || NewJob::new(account_id, &ReportAct::new(Act::Wait(gate.id()))).unwrap();
    let jobs = vec![
        waiting(account_id, &gate).through("shopify:1"),
        waiting(account_id, &gate).through("shopify:2"),
        waiting(account_id, &gate).through("stripe"),
        report().through("sendgrid"),
        waiting(account_id, &gate).through("sendgrid"),
    ];
    app.enqueue_all(account_id, jobs).await;
    let one = app.worker(&[Queue::Inventory, Queue::Reports]).await;
    let other = app.worker(&[Queue::Inventory, Queue::Reports]).await;
    gate.wait_for_entries(5).await;
    let held = vec![
        report().through("shopify:1"),
        waiting(account_id, &gate).through("shopify:2"),
        waiting(account_id, &gate).through("sendgrid"),
    ];
    app.enqueue_all(account_id, held).await;
    parked_are(&app, 3).await;
    let free = app.enqueue(account_id, &PlainAct::new(Act::Succeed)).await;
    app.wait_for(free, JobState::Succeeded).await;
    let usage = usage(&app).await;
    assert_eq!(
        usage,
        [
            ("service:sendgrid".to_owned(), Some(2), 2, 1),
            ("service:shopify:1".to_owned(), Some(1), 1, 1),
            ("service:shopify:2".to_owned(), Some(1), 1, 1),
        ]
    );
    gate.unlock();
    app.wait_until_quiet().await;
    one.stop().await;
    other.stop().await;
}

async fn usage(app: &TestApp) -> Vec<(String, Option<u32>, u32, u32)> {
    let mut tx = app.db.fleet().await.unwrap();
    let configured = app.settings.jobs.limits();
    let usage = limits::usage(&mut tx, &configured).await.unwrap();
    usage
        .into_iter()
        .map(|one| (one.key, one.most, one.running, one.parked))
        .collect()
}

#[tokio::test]
async fn a_parked_job_starts_at_once_when_a_slot_becomes_free() {
    let app = with_idle_keeper(&[("SUITE__JOBS__QUEUE_LIMITS", "inventory=1")]).await;
    let account_id = app.account().await.account_id();
    let gate = Gate::shut();
    app.enqueue_all(account_id, many(5, || waiting(account_id, &gate)))
        .await;
    let worker = app.worker(&[Queue::Inventory]).await;
    parked_are(&app, 4).await;
    gate.unlock();
    app.wait_until_quiet().await;
    worker.stop().await;
    // The keeper looks round once a minute here: the slots were handed on by the worker itself.
    let slowest = app
        .value(
            "SELECT max(wait) < interval '5 seconds' FROM
                (SELECT started_at - lag(finished_at) OVER (ORDER BY started_at) AS wait FROM jobs) waits",
        )
        .await;
    assert_eq!(slowest, "t");
}

async fn with_idle_keeper(settings: &[(&str, &str)]) -> TestApp {
    let settings = [&[("SUITE__WORKER__KEEPER_INTERVAL_MS", "60000")], settings].concat();
    TestApp::with(&settings).await
}

#[tokio::test]
async fn the_slots_of_a_worker_that_was_killed_are_free_with_its_lease() {
    let app = TestApp::with(&[("SUITE__JOBS__SERVICE_LIMITS", "sendgrid=2")]).await;
    let account_id = app.account().await.account_id();
    let gate = Gate::shut();
    let through = || waiting(account_id, &gate).through("sendgrid");
    app.enqueue_all(account_id, many(6, through)).await;
    let first = app.worker(&[Queue::Inventory]).await;
    gate.wait_for_entries(2).await;
    parked_are(&app, 4).await;
    first.crash();
    let second = app.worker(&[Queue::Inventory]).await;
    gate.wait_for_entries(4).await;
    assert_eq!(running(&app).await, "2");
    gate.unlock();
    app.wait_until_quiet().await;
    second.stop().await;
    let crashed = "SELECT count(*) FROM jobs WHERE crashes = 1";
    assert_eq!(app.value(crashed).await, "2");
}

#[tokio::test]
async fn parked_jobs_survive_a_wiped_redis_and_a_new_fleet() {
    let app = TestApp::with(&[("SUITE__JOBS__QUEUE_LIMITS", "inventory=1")]).await;
    let account_id = app.account().await.account_id();
    let gate = Gate::shut();
    app.enqueue_all(account_id, many(4, || waiting(account_id, &gate)))
        .await;
    let worker = app.worker(&[Queue::Inventory]).await;
    parked_are(&app, 3).await;
    worker.stop_within(Duration::ZERO).await;
    app.redis.wipe().await;
    gate.unlock();
    app.run_jobs().await;
    assert_eq!(gate.entries().len(), 5);
}

#[tokio::test]
async fn accounts_take_turns_at_the_slots_of_a_service() {
    let app = TestApp::with(&[("SUITE__JOBS__SERVICE_LIMITS", "sendgrid=1")]).await;
    let flood = app.account().await.account_id();
    let other = app.account().await.account_id();
    let (gate, order) = (Gate::shut(), Gate::open());
    app.enqueue_all(flood, vec![waiting(flood, &gate).through("sendgrid")])
        .await;
    let worker = app.worker(&[Queue::Inventory]).await;
    gate.wait_for_entries(1).await;
    let enters = |account_id| {
        let act = PlainAct::new(Act::Wait(order.id()));
        NewJob::new(account_id, &act).unwrap().through("sendgrid")
    };
    app.enqueue_all(flood, many(20, || enters(flood))).await;
    parked_are(&app, 20).await;
    let late = app.enqueue_all(other, many(2, || enters(other))).await;
    parked_are(&app, 22).await;
    gate.unlock();
    app.wait_until_quiet().await;
    worker.stop().await;
    let begun: Vec<_> = order.entries().iter().map(|(id, _)| *id).collect();
    let place = |job: &JobRef| begun.iter().position(|id| *id == job.id).unwrap();
    assert!(
        late.iter().all(|job| place(job) <= 4),
        "{:?}",
        late.iter().map(place).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn of_the_parked_jobs_of_an_account_the_urgent_come_first_and_the_rest_by_age() {
    let app = TestApp::with(&[("SUITE__JOBS__QUEUE_LIMITS", "inventory=1")]).await;
    let account_id = app.account().await.account_id();
    let (gate, order) = (Gate::shut(), Gate::open());
    let worker = app.worker(&[Queue::Inventory]).await;
    app.enqueue_all(account_id, vec![waiting(account_id, &gate)])
        .await;
    gate.wait_for_entries(1).await;
    let act = Act::Wait(order.id());
    let jobs = [
        NewJob::new(account_id, &LowAct::new(act.clone())).unwrap(),
        NewJob::new(account_id, &PlainAct::new(act.clone())).unwrap(),
        NewJob::new(account_id, &UrgentAct::new(act.clone())).unwrap(),
        NewJob::new(account_id, &LowAct::new(act)).unwrap(),
    ];
    let expected = [jobs[0].id, jobs[2].id, jobs[1].id, jobs[3].id];
    let aged = jobs[0].id;
    app.enqueue_all(account_id, jobs.to_vec()).await;
    parked_are(&app, 4).await;
    // The first has waited for so long that it counts as older than the urgent one.
    let age = format!(
        "UPDATE jobs SET created_at = created_at - interval '11 minutes' WHERE id = '{aged}'"
    );
    app.sql(&age).await;
    gate.unlock();
    app.wait_until_quiet().await;
    worker.stop().await;
    let begun: Vec<_> = order.entries().iter().map(|(id, _)| *id).collect();
    assert_eq!(begun, expected);
}

#[tokio::test]
async fn a_limit_that_the_operator_raises_or_lifts_lets_parked_jobs_go() {
    let app = TestApp::with(&[("SUITE__JOBS__QUEUE_LIMITS", "inventory=1")]).await;
    let account_id = app.account().await.account_id();
    let gate = Gate::shut();
    let worker = app.worker(&[Queue::Inventory]).await;
    app.enqueue_all(account_id, many(6, || waiting(account_id, &gate)))
        .await;
    parked_are(&app, 5).await;
    set(&app, "queue:inventory", Some(3)).await;
    gate.wait_for_entries(3).await;
    parked_are(&app, 3).await;
    set(&app, "queue:inventory", Some(0)).await;
    let present = || worker.jobs().limits().most("queue:inventory");
    until("the worker knows", || async { present() == Some(0) }).await;
    gate.unlock();
    until("those that ran have ended", || async {
        running(&app).await == "0"
    })
    .await;
    assert_eq!(parked(&app).await, "3");
    set(&app, "queue:inventory", None).await;
    app.wait_until_quiet().await;
    worker.stop().await;
}

async fn set(app: &TestApp, key: &str, most: Option<u32>) {
    let mut tx = app.db.fleet().await.unwrap();
    limits::set(&mut tx, key, most).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_parked_job_can_be_called_off_and_retried() {
    let app = TestApp::with(&[("SUITE__JOBS__QUEUE_LIMITS", "inventory=1")]).await;
    let account_id = app.account().await.account_id();
    let gate = Gate::shut();
    let worker = app.worker(&[Queue::Inventory]).await;
    app.enqueue_all(account_id, vec![waiting(account_id, &gate)])
        .await;
    gate.wait_for_entries(1).await;
    let job = app
        .enqueue_all(account_id, vec![waiting(account_id, &gate)])
        .await[0];
    parked_are(&app, 1).await;
    let mut tx = app.db.account(account_id).await.unwrap();
    assert!(jobs::cancel(&mut tx, job.id).await.unwrap());
    tx.commit().await.unwrap();
    parked_are(&app, 0).await;
    let mut tx = app.db.account(account_id).await.unwrap();
    let again = jobs::retry(&mut tx, job.id).await.unwrap();
    tx.commit().await.unwrap();
    app.broker.dispatch(&[again]);
    parked_are(&app, 1).await;
    gate.unlock();
    app.wait_until_quiet().await;
    worker.stop().await;
}
