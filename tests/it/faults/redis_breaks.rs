//! Redis broken in every way that it can break: jobs are taken in meanwhile, and the same worker goes on afterwards.

use std::time::Duration;

use suite_core::job::{JobState, NewJob, Queue};
use suite_tests::{Act, OwnServers, PlainAct, Proxy, RedisSpace, TestApp, until};

/// An installation on a Redis of its own, with a worker that has done a job.
struct Broken {
    servers: OwnServers,
    proxy: Proxy,
    app: TestApp,
}

impl Broken {
    async fn new(label: &str) -> Self {
        let servers = OwnServers::redis(label).await;
        let proxy = Proxy::before(&servers.addresses().redis_url).await;
        let redis = RedisSpace::at(proxy.lead(&servers.addresses().redis_url));
        let app = TestApp::on_redis(redis, &[]).await;
        Self {
            servers,
            proxy,
            app,
        }
    }

    /// Runs jobs before, during and after a fault, in one worker.
    async fn goes_on(&self, breaks: impl AsyncFnOnce(&Self), mends: impl AsyncFnOnce(&Self)) {
        let app = &self.app;
        let account_id = app.account().await.account_id();
        let act = PlainAct::new(Act::Succeed);
        let worker = app.worker(&[Queue::Inventory]).await;
        let before = app.enqueue(account_id, &act).await;
        app.wait_for(before, JobState::Succeeded).await;
        breaks(self).await;
        let mut during = Vec::new();
        for _ in 0..5 {
            during.push(app.enqueue(account_id, &act).await);
        }
        mends(self).await;
        let after = app.enqueue(account_id, &act).await;
        for job in during.into_iter().chain([after]) {
            let row = app.wait_for(job, JobState::Succeeded).await;
            assert_eq!((row.attempt, row.crashes), (1, 0));
        }
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_worker_goes_on_after_redis_was_killed_and_came_back_empty() {
    let broken = Broken::new("killed").await;
    let kill = async |broken: &Broken| broken.servers.kill_redis().await;
    let revive = async |broken: &Broken| broken.servers.revive().await;
    broken.goes_on(kill, revive).await;
}

#[tokio::test]
async fn a_worker_goes_on_after_redis_was_full() {
    let broken = Broken::new("full").await;
    let fill = async |broken: &Broken| broken.servers.tell_redis("CONFIG SET maxmemory 1").await;
    let empty = async |broken: &Broken| broken.servers.tell_redis("CONFIG SET maxmemory 0").await;
    broken.goes_on(fill, empty).await;
}

#[tokio::test]
async fn a_worker_goes_on_after_redis_was_flushed() {
    let broken = Broken::new("flushed").await;
    let flush = async |broken: &Broken| broken.servers.tell_redis("FLUSHALL").await;
    broken.goes_on(flush, async |_: &Broken| {}).await;
}

#[tokio::test]
async fn a_worker_goes_on_after_its_redis_connections_were_killed() {
    let broken = Broken::new("clients").await;
    let kill = async |broken: &Broken| {
        broken.servers.tell_redis("CLIENT KILL TYPE normal").await;
        broken.servers.tell_redis("CLIENT KILL TYPE pubsub").await;
    };
    broken.goes_on(kill, async |_: &Broken| {}).await;
}

#[tokio::test]
async fn a_worker_goes_on_after_redis_hung() {
    let broken = Broken::new("hung").await;
    let hang = async |broken: &Broken| broken.proxy.hang();
    let restore = async |broken: &Broken| broken.proxy.restore();
    broken.goes_on(hang, restore).await;
}

#[tokio::test]
async fn a_worker_goes_on_after_its_redis_connections_died_without_a_word() {
    let broken = Broken::new("stranded").await;
    let strand = async |broken: &Broken| broken.proxy.strand();
    broken.goes_on(strand, async |_: &Broken| {}).await;
}

#[tokio::test]
async fn a_keeper_that_redis_refuses_goes_on_with_its_other_work() {
    let broken = Broken::new("refuses").await;
    let app = &broken.app;
    let account_id = app.account().await.account_id();
    let act = PlainAct::new(Act::Succeed);
    let abandoned = app.enqueue(account_id, &act).await;
    let (_ghost, _) = app.claim_for_a_dead_worker(abandoned).await;
    broken.servers.tell_redis("CONFIG SET maxmemory 1").await;
    let new = (0..5_000).map(|_| NewJob::new(account_id, &act).unwrap());
    app.write_jobs(account_id, new.collect()).await;
    app.sql("UPDATE jobs SET dispatched_at = NULL WHERE state = 'queued'")
        .await;
    let worker = app.worker(&[Queue::Reports]).await;
    until("the dead worker's job waits again", || async {
        app.job(abandoned).await.crashes == 1
    })
    .await;
    worker.stop_within(Duration::ZERO).await;
}

#[tokio::test]
async fn a_full_redis_from_which_jobs_are_taken_loses_neither_ids_nor_an_accounts_turn() {
    let broken = Broken::new("taken-while-full").await;
    let app = &broken.app;
    let account_id = app.account().await.account_id();
    let mut jobs = Vec::new();
    for _ in 0..12 {
        jobs.push(app.enqueue(account_id, &PlainAct::new(Act::Succeed)).await);
    }
    let waiting = || async { app.broker.waiting(Queue::Inventory).await.unwrap() };
    until("all ids are in Redis", || async {
        waiting().await == [(account_id, 12)]
    })
    .await;
    broken.servers.tell_redis("CONFIG SET maxmemory 1").await;
    let worker = app.worker(&[Queue::Inventory]).await;
    let mut redis = app.redis.connect().await;
    loop {
        let told: String = redis::cmd("INFO")
            .arg("errorstats")
            .query_async(&mut redis)
            .await
            .unwrap();
        if told.contains("errorstat_OOM") {
            break;
        }
        tokio::task::yield_now().await;
    }
    broken.servers.tell_redis("CONFIG SET maxmemory 0").await;
    for job in jobs {
        app.wait_for(job, JobState::Succeeded).await;
    }
    worker.stop().await;
}

#[tokio::test]
async fn an_account_whose_turn_was_lost_gets_it_back() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let job = app.enqueue(account_id, &PlainAct::new(Act::Succeed)).await;
    until("its id is in Redis", || async {
        let waiting = app.broker.waiting(Queue::Inventory).await.unwrap();
        waiting == [(account_id, 1)]
    })
    .await;
    let ring = format!("{}:{}:ring", app.redis.prefix(), Queue::Inventory);
    let mut redis = app.redis.connect().await;
    let _: u32 = redis::AsyncCommands::del(&mut redis, ring).await.unwrap();
    let worker = app.worker(&[Queue::Inventory]).await;
    // Asked for at each look: the first comparison may come while the id counts as on its way.
    until("the job is done", || async {
        let sweep = format!("{}:sweep", app.redis.prefix());
        let mut redis = app.redis.connect().await;
        let _: () = redis::AsyncCommands::set(&mut redis, sweep, 1)
            .await
            .unwrap();
        app.job(job).await.state == JobState::Succeeded.name()
    })
    .await;
    worker.stop().await;
}
