use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use suite_core::{
    clock::Clock,
    config::Settings,
    id::{AccountId, JobId},
    job::NewJob,
};

use crate::{
    figure::{Figure, Numbers, numbers, percentile, percentiles},
    kind::{Load, now_us},
    rival,
    stand::Stand,
    system::System,
};

/// Merchants whose jobs make up a backlog.
const ACCOUNTS: usize = 50;
/// As the rivals: how long before they are due the jobs are added.
const AHEAD: Duration = Duration::from_secs(20);
const FLOOD_HOLD_MS: u64 = 5;
const WORK_SECONDS: &str =
    "SELECT extract(epoch FROM max(finished_at) - min(started_at))::float8 FROM jobs";

/// Takes one figure of ours, in a database of its own.
pub(crate) async fn measure(settings: &Settings, figure: Figure) -> Result<Numbers> {
    rival::wipe(settings).await?;
    let stand = Stand::open(settings).await?;
    let count = figure.count(System::Ours);
    let concurrency = figure.concurrency(System::Ours);
    let measured = match figure {
        Figure::One => one(&stand, count).await,
        Figure::Bulk => bulk(&stand, count).await,
        Figure::Drain | Figure::DrainAof => drain(&stand, count, concurrency).await,
        Figure::Latency => latency(&stand, count, concurrency).await,
        Figure::Due => due(&stand, count, concurrency).await,
        Figure::Flood => flood(&stand, count, concurrency).await,
        Figure::Memory => memory(&stand, count, concurrency).await,
        Figure::Crash | Figure::Idle | Figure::Promises => bail!("not one of these"),
    };
    stand.close().await?;
    measured
}

fn accounts() -> Vec<AccountId> {
    (0..ACCOUNTS).map(|_| AccountId::new()).collect()
}

/// Each job in a transaction of its own, as a handler writes it.
async fn one(stand: &Stand, count: u64) -> Result<Numbers> {
    let account_id = AccountId::new();
    let mut times = Vec::new();
    let started = Instant::now();
    for number in 0..count {
        let job = NewJob::new(
            account_id,
            &Load {
                number,
                ..Load::default()
            },
        )?;
        let one = Instant::now();
        stand.enqueue(account_id, &[job]).await?;
        times.push(one.elapsed().as_secs_f64() * 1e3);
    }
    while stand.waiting().await? < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let per_second = count as f64 / started.elapsed().as_secs_f64();
    times.sort_unstable_by(f64::total_cmp);
    Ok(numbers([
        ("per_second", per_second),
        ("p50_ms", percentile(&times, 50)),
        ("p99_ms", percentile(&times, 99)),
    ]))
}

async fn bulk(stand: &Stand, count: u64) -> Result<Numbers> {
    let accounts = accounts();
    let started = Instant::now();
    stand.fill(&accounts, count, &Load::default(), None).await?;
    let per_second = count as f64 / started.elapsed().as_secs_f64();
    Ok(numbers([("per_second", per_second)]))
}

async fn drain(stand: &Stand, count: u64, concurrency: usize) -> Result<Numbers> {
    stand
        .fill(&accounts(), count, &Load::default(), None)
        .await?;
    let worker = stand.start_worker(concurrency)?;
    stand.wait_until_done(count).await?;
    worker.stop().await?;
    let per_second = count as f64 / stand.number(WORK_SECONDS).await?;
    Ok(numbers([("per_second", per_second)]))
}

/// A job that was called for, and when.
struct Asked {
    id: JobId,
    called_us: i64,
    committed_us: i64,
}

async fn ask(stand: &Stand, account_id: AccountId, number: u64) -> Result<Asked> {
    let load = Load {
        number,
        is_timed: true,
        ..Load::default()
    };
    let job = NewJob::new(account_id, &load)?;
    let (id, called_us) = (job.id, now_us());
    stand.enqueue(account_id, &[job]).await?;
    Ok(Asked {
        id,
        called_us,
        committed_us: now_us(),
    })
}

/// Returns when the job's code began.
async fn began_us(stand: &Stand, id: JobId) -> Result<i64> {
    let statement = "SELECT (result->>'began_us')::bigint FROM jobs WHERE id = $1::text::uuid";
    let row = stand.plain.query_one(statement, &[&id.to_string()]).await?;
    row.get::<_, Option<i64>>(0)
        .context("the job has no result")
}

async fn latency(stand: &Stand, count: u64, concurrency: usize) -> Result<Numbers> {
    let worker = stand.worker(concurrency).await?;
    let account_id = AccountId::new();
    let mut asked = Vec::new();
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    for number in 0..count {
        ticks.tick().await;
        asked.push(ask(stand, account_id, number).await?);
    }
    stand.wait_until_done(count).await?;
    worker.stop().await?;
    let (mut from_call, mut from_commit) = (Vec::new(), Vec::new());
    for job in asked {
        let began_us = began_us(stand, job.id).await?;
        from_call.push((began_us - job.called_us) as f64 / 1e3);
        from_commit.push((began_us - job.committed_us) as f64 / 1e3);
    }
    let mut numbers = percentiles("", from_call);
    numbers.extend(percentiles("commit_", from_commit));
    Ok(numbers)
}

async fn due(stand: &Stand, count: u64, concurrency: usize) -> Result<Numbers> {
    let due = Clock::System.now() + AHEAD;
    stand
        .fill(&accounts(), count, &Load::default(), Some(due))
        .await?;
    let worker = stand.start_worker(concurrency)?;
    let left = due - Clock::System.now();
    tokio::time::sleep(left.to_std().context("adding took too long")?).await;
    stand.wait_until_done(count).await?;
    worker.stop().await?;
    let after = |what: &str| {
        format!("SELECT extract(epoch FROM {what}(started_at - run_at))::float8 * 1000 FROM jobs")
    };
    Ok(numbers([
        ("first_ms", stand.number(&after("min")).await?),
        ("last_ms", stand.number(&after("max")).await?),
    ]))
}

/// One merchant has `count` jobs waiting; another adds ten, one each 100 ms.
async fn flood(stand: &Stand, count: u64, concurrency: usize) -> Result<Numbers> {
    let load = Load {
        hold_ms: FLOOD_HOLD_MS,
        ..Load::default()
    };
    stand.fill(&[AccountId::new()], count, &load, None).await?;
    let worker = stand.start_worker(concurrency)?;
    let moving = "SELECT count(*) FROM jobs WHERE state = 'succeeded'";
    stand.wait("the backlog moves", moving, 1).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let neighbour = AccountId::new();
    let mut asked = Vec::new();
    for number in 0..10 {
        asked.push(ask(stand, neighbour, number).await?);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stand.wait_until_done(count + 10).await?;
    worker.stop().await?;
    let mut waits = Vec::new();
    for job in asked {
        waits.push((began_us(stand, job.id).await? - job.called_us) as f64 / 1e3);
    }
    Ok(percentiles("", waits))
}

async fn memory(stand: &Stand, count: u64, concurrency: usize) -> Result<Numbers> {
    let before = stand.redis_memory().await?;
    stand
        .fill(&accounts(), count, &Load::default(), None)
        .await?;
    let waiting = stand.redis_memory().await?;
    let worker = stand.start_worker(concurrency)?;
    stand.wait_until_done(count).await?;
    worker.stop().await?;
    let after = stand.redis_memory().await?;
    let each = |bytes: i64| (bytes - before) as f64 / count as f64;
    Ok(numbers([
        ("bytes_waiting", each(waiting)),
        ("bytes_finished", each(after)),
        (
            "per_second",
            count as f64 / stand.number(WORK_SECONDS).await?,
        ),
    ]))
}
