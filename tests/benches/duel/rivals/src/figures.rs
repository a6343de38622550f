use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::rival::{Load, Rival, Seen, now_us};

const BULK: u64 = 500;
/// How long before they are due the jobs of `due` are added: all systems need less to add them.
const AHEAD: Duration = Duration::from_secs(20);
const FLOOD_HOLD_MS: u64 = 5;

pub struct Task {
    pub command: String,
    pub count: u64,
    pub concurrency: usize,
}

/// Measures one figure and prints it as one line of JSON.
pub async fn run(mut rival: impl Rival, url: &str, task: &Task) -> Result<()> {
    let figure = match task.command.as_str() {
        "one" => one(&mut rival, task).await?,
        "bulk" => bulk(&mut rival, task).await?,
        "drain" => drain(&mut rival, task).await?,
        "latency" => latency(&mut rival, task).await?,
        "due" => due(&mut rival, task).await?,
        "flood" => flood(&mut rival, task).await?,
        "memory" => memory(&mut rival, url, task).await?,
        "hold" => hold(&mut rival, task).await?,
        "work" => return work(&mut rival, url, task).await,
        other => bail!("no such command: {other}"),
    };
    println!("{figure}");
    Ok(())
}

async fn one(rival: &mut impl Rival, task: &Task) -> Result<Value> {
    let mut times = Vec::new();
    let started = Instant::now();
    for number in 0..task.count {
        let one = Instant::now();
        rival
            .add(Load {
                number,
                ..Load::default()
            })
            .await?;
        times.push(one.elapsed().as_micros() as i64);
    }
    let rate = task.count as f64 / started.elapsed().as_secs_f64();
    Ok(
        json!({"per_second": rate, "p50_ms": percentile(&mut times, 50), "p99_ms": percentile(&mut times, 99)}),
    )
}

async fn fill(
    rival: &mut impl Rival,
    count: u64,
    hold_ms: u64,
    due: Option<SystemTime>,
) -> Result<()> {
    let added_us = due.map_or(0, |due| {
        due.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_micros() as u64
    });
    for first in (0..count).step_by(BULK as usize) {
        let loads = (first..(first + BULK).min(count)).map(|number| Load {
            number,
            hold_ms,
            added_us,
            mark: String::new(),
        });
        rival.add_bulk(loads.collect(), due).await?;
    }
    Ok(())
}

async fn bulk(rival: &mut impl Rival, task: &Task) -> Result<Value> {
    let started = Instant::now();
    fill(rival, task.count, 0, None).await?;
    Ok(json!({"per_second": task.count as f64 / started.elapsed().as_secs_f64()}))
}

async fn drain(rival: &mut impl Rival, task: &Task) -> Result<Value> {
    fill(rival, task.count, 0, None).await?;
    let seen = Arc::new(Seen::default());
    rival.work(task.concurrency, seen.clone()).await?;
    let ended_us = until_done(rival, &seen, task.count).await?;
    let seconds = (ended_us - seen.first_us.load(Relaxed)) as f64 / 1e6;
    Ok(json!({"per_second": task.count as f64 / seconds}))
}

/// Waits until so many have started and nothing is unfinished; returns when that was.
async fn until_done(rival: &mut impl Rival, seen: &Seen, count: u64) -> Result<u64> {
    while seen.started.load(Relaxed) < count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while rival.unfinished().await? > 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(now_us())
}

async fn latency(rival: &mut impl Rival, task: &Task) -> Result<Value> {
    let seen = Arc::new(Seen::default());
    rival.work(task.concurrency, seen.clone()).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    for number in 0..task.count {
        ticks.tick().await;
        // Counted from before the call: these systems have no commit after which a job counts as written.
        rival
            .add(Load {
                number,
                added_us: now_us(),
                ..Load::default()
            })
            .await?;
    }
    until_done(rival, &seen, task.count).await?;
    Ok(percentiles(&seen))
}

async fn due(rival: &mut impl Rival, task: &Task) -> Result<Value> {
    let seen = Arc::new(Seen::default());
    // A whole second: stock apalis knows no others.
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(now_us() / 1_000_000) + AHEAD;
    fill(rival, task.count, 0, Some(at)).await?;
    rival.work(task.concurrency, seen.clone()).await?;
    until_done(rival, &seen, task.count).await?;
    let waits = seen.waits_us.lock().unwrap().clone();
    let ms = |wait: Option<&i64>| wait.copied().unwrap_or_default() as f64 / 1e3;
    Ok(json!({"first_ms": ms(waits.iter().min()), "last_ms": ms(waits.iter().max())}))
}

/// One merchant has `count` jobs waiting; another adds ten, one each 100 ms.
async fn flood(rival: &mut impl Rival, task: &Task) -> Result<Value> {
    fill(rival, task.count, FLOOD_HOLD_MS, None).await?;
    let seen = Arc::new(Seen::default());
    rival.work(task.concurrency, seen.clone()).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    for number in 0..10 {
        rival
            .add(Load {
                number,
                added_us: now_us(),
                ..Load::default()
            })
            .await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    until_done(rival, &seen, task.count + 10).await?;
    Ok(percentiles(&seen))
}

async fn memory(rival: &mut impl Rival, url: &str, task: &Task) -> Result<Value> {
    let mut redis = redis::Client::open(url)?
        .get_multiplexed_async_connection()
        .await?;
    let before = used_memory(&mut redis).await?;
    fill(rival, task.count, 0, None).await?;
    let waiting = used_memory(&mut redis).await?;
    let seen = Arc::new(Seen::default());
    rival.work(task.concurrency, seen.clone()).await?;
    until_done(rival, &seen, task.count).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = used_memory(&mut redis).await?;
    let each = |bytes: i64| (bytes - before) as f64 / task.count as f64;
    Ok(json!({"bytes_waiting": each(waiting), "bytes_finished": each(after)}))
}

async fn used_memory(redis: &mut redis::aio::MultiplexedConnection) -> Result<i64> {
    let info: String = redis::cmd("INFO").arg("memory").query_async(redis).await?;
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    Ok(line.unwrap_or_default().trim().parse()?)
}

/// Adds jobs that take five minutes and note their starts in the list `QUEUE:starts`.
async fn hold(rival: &mut impl Rival, task: &Task) -> Result<Value> {
    let mark = std::env::var("DUEL_MARK")?;
    for number in 0..task.count {
        rival
            .add(Load {
                number,
                hold_ms: 300_000,
                added_us: 0,
                mark: mark.clone(),
            })
            .await?;
    }
    Ok(json!({"added": task.count}))
}

async fn work(rival: &mut impl Rival, url: &str, task: &Task) -> Result<()> {
    let seen = Arc::new(Seen::default());
    let connection = redis::Client::open(url)?
        .get_multiplexed_async_connection()
        .await?;
    *seen.redis.lock().unwrap() = Some(connection);
    rival.work(task.concurrency, seen).await?;
    std::future::pending().await
}

fn percentiles(seen: &Seen) -> Value {
    let mut waits = seen.waits_us.lock().unwrap().clone();
    json!({"p50_ms": percentile(&mut waits, 50), "p95_ms": percentile(&mut waits, 95), "p99_ms": percentile(&mut waits, 99)})
}

fn percentile(micros: &mut [i64], percent: usize) -> f64 {
    micros.sort_unstable();
    let index = (micros.len() * percent / 100).min(micros.len().saturating_sub(1));
    micros.get(index).copied().unwrap_or_default() as f64 / 1e3
}
