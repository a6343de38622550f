use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use secrecy::ExposeSecret;
use suite_core::config::Settings;
use tokio::process::Command;

use crate::{
    figure::{Figure, Outcome, numbers},
    process::Process,
    rival,
    stand::Stand,
    system::System,
};

const SETTLED: Duration = Duration::from_secs(8);
const MEASURED: Duration = Duration::from_secs(20);

/// Lets a worker of each system stand idle, all at the same time, and reads what processor time they took.
///
/// Ours is the program that ships, with all its queues.
pub(crate) async fn of_all(settings: &Settings) -> Result<Vec<(System, Outcome)>> {
    let stand = Stand::open(settings).await?;
    let mut workers = Vec::new();
    for system in System::ALL {
        let concurrency = Figure::Idle.concurrency(system);
        let mut command = match system {
            System::Ours => Command::new(std::env::current_exe()?.with_file_name("suite-worker")),
            _ => system.program()?,
        };
        if system == System::Ours {
            stand.configure(&mut command, concurrency);
        } else {
            command
                .args(["work", &rival::queue_name(), "0", &concurrency.to_string()])
                .env("REDIS_URL", settings.redis.url.expose_secret());
        }
        workers.push((system, Process::start(command)?));
    }
    tokio::time::sleep(SETTLED).await;
    let before = times(&workers)?;
    tokio::time::sleep(MEASURED).await;
    let after = times(&workers)?;
    let mut outcomes = Vec::new();
    for ((system, worker), (before, after)) in workers.into_iter().zip(before.iter().zip(&after)) {
        let percent = (after - before) / MEASURED.as_secs_f64() * 100.0;
        outcomes.push((
            system,
            Outcome::Figures(numbers([("percent_of_a_core", percent)])),
        ));
        worker.kill().await?;
    }
    stand.close().await?;
    Ok(outcomes)
}

fn times(workers: &[(System, Process)]) -> Result<Vec<f64>> {
    workers
        .iter()
        .map(|(_, worker)| group_seconds(worker.id()?))
        .collect()
}

/// Adds up the processor time of a process group, to the nanosecond: the scheduler's own count of each thread.
fn group_seconds(group: u32) -> Result<f64> {
    let mut seconds = 0.0;
    for entry in std::fs::read_dir("/proc")? {
        let path = entry?.path();
        if group_of(&path) == Some(group) {
            seconds += process_seconds(&path).unwrap_or_default();
        }
    }
    Ok(seconds)
}

fn group_of(process: &Path) -> Option<u32> {
    let stat = std::fs::read_to_string(process.join("stat")).ok()?;
    // The name in parentheses may hold anything; state, parent and group follow.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(2)?.parse().ok()
}

fn process_seconds(process: &Path) -> Result<f64> {
    let mut nanoseconds = 0;
    for thread in std::fs::read_dir(process.join("task"))? {
        let schedstat = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let first = schedstat.split_whitespace().next();
        nanoseconds += first.context("an empty schedstat")?.parse::<u64>()?;
    }
    Ok(nanoseconds as f64 / 1e9)
}
