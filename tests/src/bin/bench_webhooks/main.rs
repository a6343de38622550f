//! Measures how fast Stripe is answered while workers are busy and Redis is away from the web process: `bin/bench webhooks`.
//!
//! A real web process takes 50 events a second for 20 seconds; a worker of its own imports files without end meanwhile. What
//! was taken must all be applied when Redis is back.

use std::{io::Write, time::Duration};

use anyhow::{Context, Result, ensure};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::Value;
use suite_core::{clock::Clock, job::Queue};
use suite_stripe::sign;
use suite_tests::{
    Client, Payer, Proxy, RedisSpace, Servers, TestApp, WEBHOOK_SECRET, free_address,
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

const EVENTS: usize = 1_000;
/// 50 a second.
const PAUSE: Duration = Duration::from_millis(20);
const LIMIT: Duration = Duration::from_millis(50);
const LINES: usize = 40_000;

#[tokio::main]
async fn main() -> Result<()> {
    let redis = RedisSpace::at(Servers::from_environment().redis_url);
    let settings = [
        ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("RUST_LOG", "error"),
    ];
    let app = TestApp::on_redis(redis, &settings).await;
    // Only the web process's line to Redis is cut: the workers stay busy.
    let url = Servers::from_environment().redis_url;
    let line = Proxy::before(&url).await;
    let address = free_address();
    let (host, port) = address.split_once(':').context("an address has a port")?;
    let cut_off = line.lead(&url);
    let own = [
        ("SUITE__HTTP__HOST", host),
        ("SUITE__HTTP__PORT", port),
        ("SUITE__HTTP__THREADS", "2"),
        ("REDIS_URL", cut_off.as_str()),
        ("SUITE__REDIS__COMMAND_TIMEOUT_MS", "250"),
    ];
    let web = app.spawn_with("suite-api", &[], &own);
    let merchant = app.account().await.at(address.parse()?);
    wait_until_up(&merchant).await?;
    let worker = app.spawn_worker(&[Queue::Inventory]);
    let busy = tokio::spawn(keep_busy(app.account().await));
    line.cut();
    let mut answers = send(&app, &merchant).await?;
    ensure!(
        !busy.is_finished(),
        "the workers should have been busy all the time"
    );
    busy.abort();
    line.restore();
    answers.sort_unstable();
    let at = |per_mille: usize| answers[(answers.len() * per_mille / 1_000).min(answers.len() - 1)];
    writeln!(
        std::io::stdout(),
        "webhooks answered (n = {EVENTS}, 50 a second, workers busy, no Redis): p50 {:.1?}, p95 {:.1?}, p99 {:.1?}, longest {:.1?}",
        at(500),
        at(950),
        at(990),
        at(1_000)
    )?;
    let applied = apply_all(&app).await?;
    writeln!(
        std::io::stdout(),
        "all {EVENTS} applied {applied:.1?} after Redis was back"
    )?;
    ensure!(
        web.terminate().await.success(),
        "the web process should end well"
    );
    drop(worker);
    ensure!(
        at(990) < LIMIT,
        "the 99th percentile should be under {LIMIT:?}"
    );
    Ok(())
}

async fn wait_until_up(client: &Client) -> Result<()> {
    for _ in 0..200 {
        let request = client.request(Method::GET, "/health");
        if request
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the web process is not up after 10 s")
}

/// Imports one file after the other, each with lines of its own.
async fn keep_busy(merchant: Client) {
    let store = merchant.store("GBP", "Europe/London").await;
    for round in 0.. {
        let mut file = String::from(
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n",
        );
        for line in 0..LINES {
            let (invoice, code) = (line / 20, line % 997);
            file.push_str(&format!(
                "{round}{invoice:06},{code:05},MUG,2,2026-01-15 10:00,2.55,17850,United Kingdom\n"
            ));
        }
        let job = merchant.upload(&store, "invoice_lines", file).await.json();
        let path = format!("/v1/jobs/{}", job["id"].as_str().unwrap_or_default());
        loop {
            let state = merchant.get(&path).await.json()["state"].clone();
            if state == "succeeded" || state == "dead" {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn send(app: &TestApp, client: &Client) -> Result<Vec<Duration>> {
    let payer = Payer::new(app.account().await.account_id(), "bench");
    let begun = Clock::System.now();
    let events: Vec<Value> = (0..EVENTS)
        .map(|number| {
            let at = begun + TimeDelta::seconds(i64::try_from(number).unwrap_or_default());
            payer.changed("updated", at, "active", at + TimeDelta::days(31))
        })
        .collect();
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sent = Vec::new();
    for event in events {
        ticks.tick().await;
        let body = event.to_string();
        let signature = sign(body.as_bytes(), WEBHOOK_SECRET, Clock::System.now());
        let request = client
            .request(Method::POST, "/webhooks/stripe")
            .header("content-type", "application/json")
            .header("stripe-signature", signature)
            .body(body);
        sent.push(tokio::spawn(async move {
            let begun = Instant::now();
            let answer = request.send().await?.error_for_status()?;
            answer.bytes().await?;
            Ok::<Duration, reqwest::Error>(begun.elapsed())
        }));
    }
    let mut times = Vec::new();
    for answer in sent {
        times.push(answer.await??);
    }
    Ok(times)
}

async fn apply_all(app: &TestApp) -> Result<Duration> {
    let begun = Instant::now();
    let worker = app.spawn_worker(&[Queue::Maintenance]);
    loop {
        let left = app
            .value("SELECT count(*) FROM stripe_events WHERE state <> 'applied'")
            .await;
        if left == "0" {
            drop(worker);
            return Ok(begun.elapsed());
        }
        ensure!(
            begun.elapsed() < Duration::from_secs(300),
            "{left} events are not applied after 300 s"
        );
        sleep(Duration::from_millis(100)).await;
    }
}
