//! Measures how far behind a job's events are, with watchers at two API processes: `bin/bench events`.
//!
//! From the time that the database wrote into the row as the job's end until the client has read the event of it.

use std::{io::Write, time::Duration};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use serde_json::Value;
use suite_api::{App, Server};
use suite_core::{
    clock::Clock,
    job::{JobRef, Queue},
};
use suite_db::Db;
use suite_queue::Broker;
use suite_tests::{Act, Client, Gate, PlainAct, TestApp};

const JOBS: usize = 200;
const LIMIT: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() -> Result<()> {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let other = second_process(&app, &merchant).await?;
    let worker = app.worker(&[Queue::Inventory]).await;
    let mut lags = Vec::new();
    for _ in 0..JOBS {
        let gate = Gate::shut();
        let work = PlainAct::new(Act::Wait(gate.id()));
        let job = app.enqueue(merchant.account_id(), &work).await;
        gate.wait_for_entries(1).await;
        let watchers = [watch(&merchant, job).await?, watch(&other, job).await?];
        gate.unlock();
        for watcher in watchers {
            lags.push(watcher.await??);
        }
    }
    worker.stop().await;
    lags.sort_unstable();
    let at = |percent: usize| lags[(lags.len() * percent / 100).min(lags.len() - 1)];
    writeln!(
        std::io::stdout(),
        "events behind the row (n = {}, two API processes): p50 {:.1?}, p95 {:.1?}, p99 {:.1?}",
        lags.len(),
        at(50),
        at(95),
        at(99)
    )?;
    ensure!(
        at(95) < LIMIT,
        "the 95th percentile should be under {LIMIT:?}"
    );
    Ok(())
}

/// Starts another server with connections of its own; returns the merchant's client of it.
async fn second_process(app: &TestApp, merchant: &Client) -> Result<Client> {
    let db = Db::new(&app.settings.database, "suite-bench").await?;
    let broker = Broker::new(&app.settings.redis, db.clone())?;
    let server = Server::bind(App::new(
        app.settings.clone(),
        db,
        broker,
        app.clock.clone(),
    ))?;
    let client = merchant.at(server.address());
    tokio::spawn(server.run());
    Ok(client)
}

type Watcher = tokio::task::JoinHandle<Result<Duration>>;

/// Begins to watch a running job; the first event has been read.
async fn watch(client: &Client, job: JobRef) -> Result<Watcher> {
    let path = format!("/v1/jobs/{}/events", job.id);
    let mut stream = client
        .request(reqwest::Method::GET, &path)
        .send()
        .await?
        .error_for_status()?;
    stream.chunk().await?.context("the stream begins")?;
    Ok(tokio::spawn(async move {
        let clock = Clock::System;
        loop {
            let chunk = stream.chunk().await?.context("the stream goes on")?;
            let now = clock.now();
            let text = String::from_utf8(chunk.to_vec())?;
            let Some(data) = text.lines().find_map(|line| line.strip_prefix("data: ")) else {
                continue;
            };
            let job: Value = serde_json::from_str(data)?;
            if let Some(finished_at) = job["finished_at"].as_str() {
                let finished_at: DateTime<Utc> = finished_at.parse()?;
                return Ok((now - finished_at).to_std().unwrap_or_default());
            }
        }
    }))
}
