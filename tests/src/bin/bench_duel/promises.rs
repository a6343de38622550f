use std::time::Duration;

use anyhow::{Context, Result};
use redis::aio::MultiplexedConnection;
use suite_core::{
    config::Settings,
    id::{AccountId, JobId},
    job::NewJob,
};
use suite_db::jobs;
use tokio::time::Instant;

use crate::{
    figure::{Numbers, numbers},
    kind::Load,
    rival,
    stand::Stand,
};

const BACKLOG: u64 = 20_000;

/// Measures what only ours promises: a wiped Redis, and a job whose id never reached Redis.
pub(crate) async fn measure(settings: &Settings) -> Result<Numbers> {
    rival::wipe(settings).await?;
    let stand = Stand::open(settings).await?;
    let measured = under_backlog(&stand).await;
    stand.close().await?;
    measured
}

/// A worker that is never idle: jobs of 5 ms, 1,600 a second at most.
async fn under_backlog(stand: &Stand) -> Result<Numbers> {
    let load = Load {
        hold_ms: 5,
        ..Load::default()
    };
    let flooding = AccountId::new();
    stand.fill(&[flooding], BACKLOG, &load, None).await?;
    let worker = stand.worker(8).await?;
    let resumed = resumed_after_wipe(stand).await?;
    let same = never_pushed(stand, flooding).await?;
    let other = never_pushed(stand, AccountId::new()).await?;
    worker.kill().await?;
    Ok(numbers([
        ("resumed_after_wipe_s", resumed),
        ("never_pushed_same_merchant_s", same),
        ("never_pushed_other_merchant_s", other),
    ]))
}

/// Empties Redis and cuts all connections, as a restart without its data does; returns how long nothing was claimed.
async fn resumed_after_wipe(stand: &Stand) -> Result<f64> {
    let mut redis: MultiplexedConnection = stand.redis.clone();
    redis::pipe()
        .cmd("FLUSHALL")
        .arg("SYNC")
        .ignore()
        .cmd("CLIENT")
        .arg("KILL")
        .arg("SKIPME")
        .arg("yes")
        .ignore()
        .exec_async(&mut redis)
        .await?;
    let gap = "SELECT coalesce(max(gap), 0)::float8 FROM (
        SELECT extract(epoch FROM started_at - lag(started_at) OVER (ORDER BY started_at)) AS gap
          FROM jobs WHERE started_at > clock_timestamp() - interval '5 seconds') gaps";
    tokio::time::sleep(Duration::from_secs(4)).await;
    stand.number(gap).await
}

/// Writes a job as a process does that dies right after its commit; returns how long it waited.
async fn never_pushed(stand: &Stand, account_id: AccountId) -> Result<f64> {
    let job = NewJob::new(
        account_id,
        &Load {
            is_timed: true,
            ..Load::default()
        },
    )?;
    let id = job.id;
    let mut tx = stand.db.account(account_id).await?;
    jobs::enqueue_many(&mut tx, &[job]).await?;
    tx.commit().await?;
    wait_of(stand, id).await
}

async fn wait_of(stand: &Stand, id: JobId) -> Result<f64> {
    let written = Instant::now();
    let statement = "SELECT extract(epoch FROM started_at - created_at)::float8 FROM jobs WHERE id = $1::text::uuid";
    while written.elapsed() < Duration::from_secs(30) {
        let row = stand.plain.query_one(statement, &[&id.to_string()]).await?;
        if let Some(seconds) = row.get::<_, Option<f64>>(0) {
            return Ok(seconds);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    None.context("the job did not start within 30 s")
}
