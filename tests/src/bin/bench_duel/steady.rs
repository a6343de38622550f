use std::{io::Write, time::Duration};

use anyhow::Result;
use suite_core::{config::Settings, id::AccountId, job::NewJob};
use tokio::time::Instant;

use crate::{kind::Load, rival, stand::Stand};

/// 100 jobs in each of 20 transactions a second.
const JOBS: u64 = 100;
const PAUSE: Duration = Duration::from_millis(50);
const CONCURRENCY: usize = 50;

/// Runs 2,000 jobs a second for some minutes, with finished ones dropped at once, and prints the sizes each minute.
pub(crate) async fn run(settings: &Settings, minutes: usize) -> Result<()> {
    rival::wipe(settings).await?;
    let mut settings = settings.clone();
    settings.retention.succeeded_days = 0;
    let stand = Stand::open(&settings).await?;
    let mut out = std::io::stdout();
    let worker = stand.worker(CONCURRENCY).await?;
    let mut samples = Vec::new();
    for minute in 1..=minutes {
        let written = write_for_a_minute(&stand).await?;
        let sample = Sample::take(&stand).await?;
        writeln!(
            out,
            "minute {minute:>2}: {written} jobs; table {:.1} MB, indexes {:.1} MB, {} rows, {} live, {} dead tuples, Redis {:.2} MB",
            sample.table_mb,
            sample.index_mb,
            sample.rows,
            sample.live,
            sample.dead,
            sample.redis_mb
        )?;
        samples.push(sample);
    }
    worker.stop().await?;
    let third = samples.len() / 3;
    for (name, part) in [
        ("first", samples.get(..third)),
        ("middle", samples.get(third..samples.len() - third)),
        ("last", samples.get(samples.len() - third..)),
    ] {
        let part = part.unwrap_or_default();
        let mean = |pick: fn(&Sample) -> f64| {
            part.iter().map(pick).sum::<f64>() / part.len().max(1) as f64
        };
        writeln!(
            out,
            "{name} third: table {:.1} MB, indexes {:.1} MB, Redis {:.2} MB, {:.0} live",
            mean(|sample| sample.table_mb),
            mean(|sample| sample.index_mb),
            mean(|sample| sample.redis_mb),
            mean(|sample| sample.live as f64),
        )?;
    }
    stand.close().await
}

/// Writes jobs at an even pace; returns how many.
async fn write_for_a_minute(stand: &Stand) -> Result<u64> {
    let accounts: Vec<AccountId> = (0..20).map(|_| AccountId::new()).collect();
    let mut ticks = tokio::time::interval(PAUSE);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut written = 0;
    let mut turns = accounts.iter().cycle();
    while let Some(account_id) = turns.next()
        && Instant::now() < deadline
    {
        ticks.tick().await;
        let jobs = (0..JOBS).map(|_| NewJob::new(*account_id, &Load::default()));
        let jobs = jobs.collect::<suite_core::Result<Vec<_>>>()?;
        stand.enqueue(*account_id, &jobs).await?;
        written += JOBS;
    }
    Ok(written)
}

struct Sample {
    table_mb: f64,
    index_mb: f64,
    redis_mb: f64,
    rows: i64,
    live: i64,
    dead: i64,
}

impl Sample {
    async fn take(stand: &Stand) -> Result<Self> {
        let sizes = "SELECT pg_table_size('jobs') / 1e6::float8, pg_indexes_size('jobs') / 1e6::float8,
                (SELECT count(*) FROM jobs),
                (SELECT count(*) FROM jobs WHERE state IN ('queued', 'scheduled', 'running', 'retrying')),
                pg_stat_get_dead_tuples('jobs'::regclass)";
        let row = stand.plain.query_one(sizes, &[]).await?;
        Ok(Self {
            table_mb: row.get(0),
            index_mb: row.get(1),
            rows: row.get(2),
            live: row.get(3),
            dead: row.get(4),
            redis_mb: stand.redis_memory().await? as f64 / 1e6,
        })
    }
}
