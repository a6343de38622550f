//! The keeper finds ids that Redis has lost, takes jobs from dead workers, and drops old ones.
//!
//! It runs inside every worker; by a lease in the database one of them works at a time, and another takes over within
//! seconds. Everything it does may be done twice without harm. What is due at a moment is handed out beside it: [`crate::due`].

mod lost;

use std::time::Duration;

use suite_core::{
    config::RetentionConfig,
    job::{JobRef, JobState},
};
use suite_db::{
    FleetConnection,
    jobs::{batches, keeper as statements, limits},
};
use tokio::time::Instant;

use crate::{
    due,
    hand_out::hand_out,
    ring::End,
    slots,
    supervise::patience,
    worker::{LayerError, Shared, within},
};

/// How long the keeper may be silent before another takes over.
const LEASE: Duration = Duration::from_secs(3);
/// After the database was away, living workers get this long to beat again before they count as dead.
const GRACE: Duration = Duration::from_secs(5);
/// How often all waiting jobs are compared with Redis without any reason: against what nobody has thought of.
const FULL_SWEEP: Duration = Duration::from_secs(60);
/// How often finished jobs are dropped.
const CLEAN_UP: Duration = Duration::from_secs(60);
/// Slices of finished jobs dropped in one round, of each state.
const DROP_SLICES: u32 = 5;
/// The longest rest of comparing, which takes a long time under a large backlog: with it a lost id is still found in time.
const COMPARE_REST: Duration = Duration::from_millis(2_000);
/// Rows changed in one statement.
const SLICE: i64 = 2_000;
/// Limits held in one transaction.
const PARKED_KEYS: usize = 50;

/// Keeps house until the process is to stop.
pub(crate) async fn run(shared: Shared, interval: Duration, retention: RetentionConfig) {
    let mut failures = 0;
    while !shared.stop.is_cancelled() {
        let kept = keep(&shared, interval, &retention, &mut failures).await;
        shared.keeping.send_replace(false);
        let Err(error) = kept else {
            break;
        };
        if failures == 0 {
            tracing::warn!(%error, "the keeper is interrupted and tries again");
        }
        failures += 1;
        shared.pulse.tick("keeper");
        tokio::select! {
            () = tokio::time::sleep(patience(failures)) => {}
            () = shared.stop.cancelled() => {}
        }
    }
}

/// What the keeper remembers from one round to the next.
struct House {
    database: FleetConnection,
    /// Since when the database has answered without a break.
    since: Instant,
    /// Whether the last round could reach Redis, and was the keeper's.
    redis_is_known: bool,
    swept_at: Option<Instant>,
    /// When the newest jobs are compared again.
    compare_at: Instant,
    cleaned_at: Option<Instant>,
}

async fn keep(
    shared: &Shared,
    interval: Duration,
    retention: &RetentionConfig,
    failures: &mut u32,
) -> Result<(), LayerError> {
    let database = shared.db.fleet_connection().await?;
    let mut house = House {
        database,
        since: Instant::now(),
        redis_is_known: false,
        swept_at: None,
        compare_at: Instant::now(),
        cleaned_at: None,
    };
    loop {
        round(shared, &mut house, retention).await?;
        *failures = 0;
        shared.pulse.tick("keeper");
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            () = shared.stop.cancelled() => {
                within(statements::give_up(&mut house.database, shared.identity.current())).await?;
                return Ok(());
            }
        }
    }
}

async fn round(
    shared: &Shared,
    house: &mut House,
    retention: &RetentionConfig,
) -> Result<(), LayerError> {
    let keeps = within(statements::take_over(
        &mut house.database,
        shared.identity.current(),
        LEASE,
    ))
    .await?;
    shared
        .keeping
        .send_if_modified(|present| std::mem::replace(present, keeps) != keeps);
    if !keeps {
        house.redis_is_known = false;
        return due::fire_overdue(shared, &mut house.database).await;
    }
    if house.since.elapsed() > GRACE {
        recover(shared, house).await?;
    }
    hand_slots_on(shared, house).await?;
    sweep(shared, house).await?;
    if house.cleaned_at.is_none_or(|at| at.elapsed() > CLEAN_UP) {
        let is_done = clean_up(house, retention).await?;
        house.cleaned_at = is_done.then(Instant::now);
    }
    Ok(())
}

async fn recover(shared: &Shared, house: &mut House) -> Result<(), LayerError> {
    let recovered = within(statements::recover(&mut house.database, SLICE)).await?;
    if !recovered.is_empty() {
        let taken = recovered.iter().filter(|one| !one.is_new).count();
        metrics::counter!("jobs_recovered_total").increment(taken as u64);
        tracing::warn!(jobs = taken, "jobs were taken from dead workers");
        let again: Vec<JobRef> = recovered
            .iter()
            .filter(|one| one.runs_again)
            .map(|one| one.job)
            .collect();
        if !hand_out(shared, &again, End::Front).await? {
            house.redis_is_known = false;
        }
        shared.announce_later(
            recovered
                .iter()
                .map(|one| (one.job.account_id, one.job.id))
                .collect(),
        );
        // A worker may have died between popping ids and claiming them.
        house.swept_at = None;
    }
    if within(statements::forget_dead_workers(&mut house.database)).await? > 0 {
        house.swept_at = None;
    }
    Ok(())
}

/// Hands on the slots that nobody has: their process has died, or a limit was raised.
async fn hand_slots_on(shared: &Shared, house: &mut House) -> Result<(), LayerError> {
    let keys = within(limits::parked_keys(&mut house.database)).await?;
    for some in keys.chunks(PARKED_KEYS) {
        slots::hand_out(shared, &mut house.database, some).await?;
    }
    Ok(())
}

/// Compares what waits with what Redis holds: the newest at every round, all when there is a reason.
async fn sweep(shared: &Shared, house: &mut House) -> Result<(), LayerError> {
    match wiped_or_wanted(shared).await {
        Ok(reason) => {
            let all = reason
                || !house.redis_is_known
                || house.swept_at.is_none_or(|at| at.elapsed() > FULL_SWEEP);
            let began = Instant::now();
            if !all && began < house.compare_at {
                return Ok(());
            }
            let found = lost::find(
                shared,
                &mut house.database,
                if all { lost::ALL } else { lost::RECENT },
            )
            .await;
            // Nine tenths of the time are left to the jobs themselves.
            house.compare_at = Instant::now() + COMPARE_REST.min(began.elapsed() * 9);
            match found {
                Ok(jobs) if jobs > 0 => {
                    metrics::counter!("jobs_lost_and_found_total").increment(jobs as u64);
                    tracing::warn!(
                        jobs,
                        all,
                        "ids that were missing in Redis were handed out again"
                    );
                }
                Ok(_) => {}
                Err(LayerError::Redis(error)) => {
                    tracing::warn!(%error, "Redis is away; lost ids are looked for when it is back");
                    house.redis_is_known = false;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
            if all {
                house.swept_at = Some(Instant::now());
            }
            house.redis_is_known = true;
        }
        Err(_) => house.redis_is_known = false,
    }
    Ok(())
}

/// Tells whether Redis has been wiped since the last look, or somebody asked for a sweep.
async fn wiped_or_wanted(shared: &Shared) -> redis::RedisResult<bool> {
    if shared.take_sweep_wanted() {
        shared.broker.request_sweep().await?;
    }
    let mut connection = shared.broker.redis.shared();
    let mut pipeline = redis::pipe();
    pipeline
        .cmd("SET")
        .arg(shared.broker.keys.generation())
        .arg(1)
        .arg("GET");
    pipeline.cmd("GETDEL").arg(shared.broker.keys.sweep());
    let (generation, wanted): (Option<String>, Option<String>) =
        pipeline.query_async(&mut connection).await?;
    Ok(generation.is_none() || wanted.is_some())
}

/// Drops what is too old; returns whether nothing of it is left.
async fn clean_up(house: &mut House, retention: &RetentionConfig) -> Result<bool, LayerError> {
    let ages = [
        (JobState::Succeeded, retention.succeeded_days),
        (JobState::Cancelled, retention.cancelled_days),
        (JobState::Dead, retention.dead_days),
    ];
    let mut is_done = true;
    for (state, days) in ages {
        // A bounded number of slices a round, so that due jobs do not wait for it: the rest in the next round.
        let mut is_full = true;
        for _ in 0..DROP_SLICES {
            let dropped = within(statements::drop_old(
                &mut house.database,
                state,
                days,
                SLICE,
            ))
            .await?;
            is_full = dropped == usize::try_from(SLICE).unwrap_or(usize::MAX);
            if !is_full {
                break;
            }
        }
        is_done &= !is_full;
    }
    within(batches::drop_old(
        &mut house.database,
        retention.dead_days,
        SLICE,
    ))
    .await?;
    Ok(is_done)
}
