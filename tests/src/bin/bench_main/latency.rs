use std::{fmt, time::Duration};

use anyhow::{Context, Result};
use suite_core::clock::Clock;

use crate::{
    jobs::wait_for,
    report::{ask, empty_day},
    stand::Stand,
};

const JOBS: u32 = 250;
const PAUSE: Duration = Duration::from_millis(20);

/// How long jobs waited for their start while nothing else ran.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Latency {
    pub(crate) p50: Duration,
    pub(crate) p95: Duration,
    pub(crate) p99: Duration,
}

impl fmt::Display for Latency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "commit to start (n = {JOBS}, 50 a second): p50 {:.2?}, p95 {:.2?}, p99 {:.2?}",
            self.p50, self.p95, self.p99
        )
    }
}

/// Starts small jobs 50 times a second and measures from the commit of each until it was claimed.
pub(crate) async fn measure(stand: &Stand) -> Result<Latency> {
    let clock = Clock::System;
    let mut asked = Vec::new();
    let mut ticks = tokio::time::interval(PAUSE);
    for _ in 0..JOBS {
        ticks.tick().await;
        let (_, job) = ask(stand, empty_day()?).await?;
        // The commit has just been answered; the server's clock is this machine's.
        asked.push((job, clock.now()));
    }
    let mut waits = Vec::new();
    for (job, committed) in asked {
        let row = wait_for(stand, job, PAUSE).await?;
        let started = row.started_at.context("the job has no start")?;
        // A job may be claimed before the answer to the commit has been read here.
        waits.push((started - committed).to_std().unwrap_or_default());
    }
    waits.sort_unstable();
    let at = |percent: usize| {
        waits
            .get(waits.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    Ok(Latency {
        p50: at(50),
        p95: at(95),
        p99: at(99),
    })
}
