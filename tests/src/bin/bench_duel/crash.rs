use std::time::Duration;

use anyhow::{Result, bail};
use redis::{AsyncCommands, aio::MultiplexedConnection};
use secrecy::ExposeSecret;
use suite_core::{config::Settings, id::AccountId};
use tokio::time::Instant;

use crate::{
    figure::{Figure, Outcome, numbers},
    kind::Load,
    process::Process,
    rival,
    stand::Stand,
    system::System,
};

/// How long the jobs of a killed worker are waited for; BullMQ's defaults need up to a minute.
const LIMIT: Duration = Duration::from_secs(100);
const HOLD_MS: u64 = 300_000;

/// Kills a worker of each system in the middle of its jobs, with a second one idle beside it, and waits until they run
/// again. All at the same time: they mostly wait.
pub(crate) async fn of_all(settings: &Settings) -> Result<Vec<(System, Outcome)>> {
    rival::wipe(settings).await?;
    let measured = System::ALL.map(|system| async move {
        let outcome = match system {
            System::Ours => of_ours(settings).await?,
            _ => of_rival(settings, system).await?,
        };
        anyhow::Ok((system, outcome))
    });
    let outcomes = futures_util::future::try_join_all(measured).await;
    rival::wipe(settings).await?;
    outcomes
}

async fn of_ours(settings: &Settings) -> Result<Outcome> {
    let stand = Stand::open(settings).await?;
    let concurrency = Figure::Crash.concurrency(System::Ours);
    let mark = format!("{}-starts", rival::queue_name());
    let first = stand.worker(concurrency).await?;
    let load = Load {
        hold_ms: HOLD_MS,
        mark: mark.clone(),
        ..Load::default()
    };
    let count = Figure::Crash.count(System::Ours);
    let account_id = AccountId::new();
    let jobs = (0..count).map(|_| suite_core::job::NewJob::new(account_id, &load));
    let jobs = jobs.collect::<suite_core::Result<Vec<_>>>()?;
    stand.enqueue(account_id, &jobs).await?;
    let mut redis = stand.redis.clone();
    wait_for_starts(&mut redis, &mark, count).await?;
    let second = stand.start_worker(concurrency)?;
    stand.wait_for_workers(2).await?;
    let outcome = kill_and_wait(&mut redis, &mark, count, first).await;
    second.kill().await?;
    stand.close().await?;
    outcome
}

async fn of_rival(settings: &Settings, system: System) -> Result<Outcome> {
    let queue = rival::queue_name();
    let mark = format!("{queue}-starts");
    let count = Figure::Crash.count(system);
    let command = |name: &str| -> Result<tokio::process::Command> {
        let mut command = system.program()?;
        command
            .args([name, &queue, &count.to_string()])
            .arg(Figure::Crash.concurrency(system).to_string())
            .env("REDIS_URL", settings.redis.url.expose_secret())
            .env("DUEL_MARK", &mark);
        Ok(command)
    };
    let mut redis = rival::connect(settings).await?;
    let first = Process::start(command("work")?)?;
    let mut holding = command("hold")?;
    if !holding
        .stdout(std::process::Stdio::null())
        .status()
        .await?
        .success()
    {
        bail!("{} cannot add jobs", system.name());
    }
    wait_for_starts(&mut redis, &mark, count).await?;
    let second = Process::start(command("work")?)?;
    // The slowest of them needs that long to be ready.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let outcome = kill_and_wait(&mut redis, &mark, count, first).await;
    second.kill().await?;
    outcome
}

async fn kill_and_wait(
    redis: &mut MultiplexedConnection,
    mark: &str,
    count: u64,
    first: Process,
) -> Result<Outcome> {
    first.kill().await?;
    let killed = Instant::now();
    let again = tokio::time::timeout(LIMIT, wait_for_starts(redis, mark, 2 * count)).await;
    Ok(match again {
        Ok(waited) => {
            waited?;
            Outcome::Figures(numbers([("seconds", killed.elapsed().as_secs_f64())]))
        }
        Err(_) => {
            let started: u64 = redis.llen(mark).await?;
            Outcome::Failed(format!(
                "{} of {count} run again within {} s",
                started.saturating_sub(count),
                LIMIT.as_secs()
            ))
        }
    })
}

async fn wait_for_starts(redis: &mut MultiplexedConnection, mark: &str, count: u64) -> Result<()> {
    while redis.llen::<_, u64>(mark).await? < count {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
