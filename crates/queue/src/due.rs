//! Keeps time: hands out delayed jobs and fires schedules at their moment, by the database's clock and never early.
//!
//! It works beside the keeper and only where the keeper works, on a connection of its own, so that no sweep and no clean-up
//! makes it late. A job that is committed while it rests is told by a notice of the database with that very commit.

mod schedules;

use std::time::Duration;

use chrono::{DateTime, Utc};
use suite_db::{
    FleetConnection,
    jobs::{self, keeper as statements},
    schedules as ticks,
};
use tokio::time::Instant;

pub(crate) use schedules::fire_overdue;

use crate::{
    hand_out::hand_out,
    ring::End,
    supervise::patience,
    worker::{LayerError, Shared, within},
};

/// Rows changed in one statement.
const SLICE: i64 = 2_000;
/// How often a worker that does not keep the house says that it lives.
const PULSE: Duration = Duration::from_secs(1);
/// A schedule that is due and did not fire (it cannot be read here, or somebody else is about it) is looked at again then.
const SCHEDULES_REST: Duration = Duration::from_secs(1);

/// Keeps time until the process is to stop.
pub(crate) async fn run(shared: Shared, interval: Duration) {
    let mut failures = 0;
    while !shared.stop.is_cancelled() {
        if keeps_house(&shared).await
            && let Err(error) = keep_time(&shared, interval, &mut failures).await
        {
            if failures == 0 {
                tracing::warn!(%error, "keeping time is interrupted and tries again");
            }
            failures += 1;
            tokio::select! {
                () = tokio::time::sleep(patience(failures)) => {}
                () = shared.stop.cancelled() => {}
            }
        }
        shared.pulse.tick("due");
    }
}

/// Waits until this worker keeps the house; returns false now and then when it does not.
async fn keeps_house(shared: &Shared) -> bool {
    let mut keeping = shared.keeping.subscribe();
    tokio::select! {
        // The sender lives as long as `shared`.
        keeps = keeping.wait_for(|keeps| *keeps) => keeps.is_ok(),
        () = tokio::time::sleep(PULSE) => false,
        () = shared.stop.cancelled() => false,
    }
}

async fn keep_time(
    shared: &Shared,
    interval: Duration,
    failures: &mut u32,
) -> Result<(), LayerError> {
    let mut database = shared.db.fleet_connection().await?;
    within(jobs::listen_for_due(&mut database)).await?;
    let mut schedules_from = Instant::now();
    while *shared.keeping.borrow() && !shared.stop.is_cancelled() {
        hand_out_due(shared, &mut database).await?;
        if Instant::now() >= schedules_from && !schedules::fire_due(shared, &mut database).await? {
            schedules_from = Instant::now() + SCHEDULES_REST;
        }
        let next = next_look(shared, &mut database, interval, schedules_from).await?;
        *failures = 0;
        shared.pulse.tick("due");
        rest(shared, &mut database, next).await?;
    }
    Ok(())
}

/// Hands out every job whose time has come.
async fn hand_out_due(shared: &Shared, database: &mut FleetConnection) -> Result<(), LayerError> {
    loop {
        let due = within(statements::hand_out_due(database, SLICE)).await?;
        let is_full = i64::try_from(due.len()).unwrap_or(i64::MAX) >= SLICE;
        if !hand_out(shared, &due, End::Back).await? {
            // Without this pause the same jobs would be due and refused in a tight loop.
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        shared.pulse.tick("due");
        if !is_full || shared.stop.is_cancelled() {
            return Ok(());
        }
    }
}

/// When to look again, by both clocks: the database decides, this machine's waits.
struct Look {
    at: Instant,
    database_now: DateTime<Utc>,
    now: Instant,
}

impl Look {
    /// Returns when this machine's clock is where the database's is at `at`.
    fn moment_of(&self, at: DateTime<Utc>) -> Instant {
        self.now + (at - self.database_now).to_std().unwrap_or_default()
    }
}

/// Finds out when the next job or schedule is due; no later than `interval` from now.
async fn next_look(
    shared: &Shared,
    database: &mut FleetConnection,
    interval: Duration,
    schedules_from: Instant,
) -> Result<Look, LayerError> {
    let tick = within(ticks::next_due(database, &shared.known_kinds)).await?;
    let job = within(statements::next_due(database)).await?;
    let now = Instant::now();
    let mut look = Look {
        at: now + interval,
        database_now: job.now,
        now,
    };
    if let Some(at) = job.at {
        look.at = look.at.min(look.moment_of(at));
    }
    if let Some(at) = tick {
        look.at = look.at.min(look.moment_of(at).max(schedules_from));
    }
    Ok(look)
}

/// Rests until the next look, or until a notice says that something is due before it.
async fn rest(
    shared: &Shared,
    database: &mut FleetConnection,
    mut next: Look,
) -> Result<(), LayerError> {
    let mut keeping = shared.keeping.subscribe();
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(next.at) => return Ok(()),
            () = shared.stop.cancelled() => return Ok(()),
            _ = keeping.wait_for(|keeps| !*keeps) => return Ok(()),
            notice = jobs::next_due_notice(database) => next.at = next.at.min(next.moment_of(notice?)),
        }
    }
}
