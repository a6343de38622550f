use chrono::TimeDelta;
use suite_core::{
    id::{AccountId, JobId},
    job::{JobRef, JobState, NewJob, Priority, Queue},
};
use suite_tests::{Act, Gate, PlainAct, TestApp, until};

fn many(account_id: AccountId, act: &Act, count: usize) -> Vec<NewJob> {
    let job = PlainAct::new(act.clone());
    let new = || NewJob::new(account_id, &job).unwrap();
    std::iter::repeat_with(new).take(count).collect()
}

async fn waiting_in_redis(app: &TestApp) -> u64 {
    let depths = app.broker.waiting(Queue::Inventory).await.unwrap();
    depths.iter().map(|(_, depth)| depth).sum()
}

#[tokio::test]
async fn jobs_that_waited_when_redis_was_wiped_all_run_once() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let new = many(merchant.account_id(), &Act::Wait(gate.id()), 50);
    app.enqueue_all(merchant.account_id(), new).await;
    until("all ids are in Redis", || async {
        waiting_in_redis(&app).await == 50
    })
    .await;
    app.redis.wipe().await;
    assert_eq!(app.redis.keys().await, Vec::<String>::new());
    app.run_jobs().await;
    assert_eq!(gate.entries().len(), 50);
}

#[tokio::test]
async fn a_worker_survives_that_redis_is_wiped_under_it() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::shut();
    let worker = app.worker(&[Queue::Inventory]).await;
    let new = many(merchant.account_id(), &Act::Wait(gate.id()), 30);
    app.enqueue_all(merchant.account_id(), new).await;
    gate.wait_for_entries(4).await;
    app.redis.wipe().await;
    gate.unlock();
    app.wait_until_quiet().await;
    assert_eq!(gate.entries().len(), 30);
    worker.stop().await;
}

#[tokio::test]
async fn a_job_whose_sender_died_after_the_commit_starts_within_five_seconds_under_a_backlog() {
    let app = TestApp::new().await;
    let (busy, quiet) = (app.account().await, app.account().await);
    let flood = many(busy.account_id(), &Act::Succeed, 20_000);
    app.enqueue_all(busy.account_id(), flood).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    let lost = many(quiet.account_id(), &Act::Succeed, 1);
    let lost = app.write_jobs(quiet.account_id(), lost).await[0];
    let row = app.wait_for(lost, JobState::Succeeded).await;
    let waited = row.started_at.unwrap() - row.created_at;
    assert!(waited < TimeDelta::seconds(5), "{waited}");
    assert!(
        waiting_in_redis(&app).await > 0,
        "the backlog was too short to prove anything"
    );
    worker.crash();
}

#[tokio::test]
async fn an_id_that_is_in_redis_several_times_runs_once() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let act = PlainAct::new(Act::Wait(gate.id()));
    let job = app.enqueue(merchant.account_id(), &act).await;
    app.broker.dispatch(&[job, job]);
    app.broker.dispatch(&[job]);
    until("the ids are in Redis", || async {
        waiting_in_redis(&app).await == 4
    })
    .await;
    let worker = app.worker(&[Queue::Inventory]).await;
    until("all ids are taken", || async {
        waiting_in_redis(&app).await == 0
    })
    .await;
    app.wait_until_quiet().await;
    worker.stop().await;
    assert_eq!(gate.entries(), [(job.id, 1)]);
}

#[tokio::test]
async fn an_id_without_a_job_holds_up_nobody() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let ghost = JobRef {
        account_id: merchant.account_id(),
        id: JobId::new(),
        queue: Queue::Inventory,
        priority: Priority::High,
    };
    app.broker.dispatch(&[ghost]);
    let job = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    app.run_jobs().await;
    assert_eq!(app.job(job).await.attempt, 1);
}

#[tokio::test]
async fn what_is_done_leaves_nothing_in_redis() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let new = many(merchant.account_id(), &Act::Succeed, 100);
    app.enqueue_all(merchant.account_id(), new).await;
    app.run_jobs().await;
    let keys = app.redis.keys().await;
    let lists = keys.iter().filter(|key| key.contains(":ids:"));
    assert_eq!(lists.count(), 0, "{keys:?}");
    assert!(keys.len() <= 6, "{keys:?}");
}
