//! The keeper hands out what is due, finds ids that Redis has lost, takes jobs from dead workers, and drops old ones.
//!
//! It runs inside every worker; by a lease in the database one of them works at a time, and another takes over within
//! seconds. Everything it does may be done twice without harm.

mod lost;

use std::time::Duration;

use suite_core::{
    config::RetentionConfig,
    job::{JobRef, JobState},
};
use suite_db::{
    FleetConnection,
    expiry::{Expired, drop_expired},
    jobs::{batches, keeper as statements, limits},
};
use tokio::time::Instant;

use crate::{
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
/// Rows changed in one statement.
const SLICE: i64 = 2_000;
/// Slices of due jobs in one round.
const SLICES: usize = 20;
/// Limits held in one transaction.
const PARKED_KEYS: usize = 50;
/// Pieces of uploads dropped in one statement: each is half a megabyte.
const UPLOAD_SLICE: i64 = 200;
/// An answer is kept this long for a request that is repeated: a client gives up long before.
const ANSWER_DAYS: u32 = 2;

/// Keeps house until the process is to stop.
pub(crate) async fn run(shared: Shared, interval: Duration, retention: RetentionConfig) {
    let mut failures = 0;
    while !shared.stop.is_cancelled() {
        let Err(error) = keep(&shared, interval, &retention, &mut failures).await else {
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
        cleaned_at: None,
    };
    loop {
        let wait = round(shared, &mut house, interval, retention).await?;
        *failures = 0;
        shared.pulse.tick("keeper");
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shared.stop.cancelled() => {
                within(statements::give_up(&mut house.database, shared.identity.current())).await?;
                return Ok(());
            }
        }
    }
}

/// One round; returns how long to rest.
async fn round(
    shared: &Shared,
    house: &mut House,
    interval: Duration,
    retention: &RetentionConfig,
) -> Result<Duration, LayerError> {
    if !within(statements::take_over(
        &mut house.database,
        shared.identity.current(),
        LEASE,
    ))
    .await?
    {
        house.redis_is_known = false;
        return Ok(interval.max(Duration::from_millis(500)));
    }
    hand_out_due(shared, house).await?;
    if house.since.elapsed() > GRACE {
        recover(shared, house).await?;
    }
    hand_slots_on(shared, house).await?;
    sweep(shared, house).await?;
    if house.cleaned_at.is_none_or(|at| at.elapsed() > CLEAN_UP) {
        clean_up(house, retention).await?;
        house.cleaned_at = Some(Instant::now());
    }
    let next_due = within(statements::next_due(&mut house.database)).await?;
    Ok(next_due
        .map_or(interval, |due| due.min(interval))
        .max(Duration::from_millis(1)))
}

/// Hands out what is due, a bounded number of slices a round: the keeper's lease must be renewed meanwhile.
///
/// While Redis refuses, the same jobs would be due again and again; then the rest of the round comes first.
async fn hand_out_due(shared: &Shared, house: &mut House) -> Result<(), LayerError> {
    for _ in 0..SLICES {
        let due = within(statements::hand_out_due(&mut house.database, SLICE)).await?;
        let is_taken = push(shared, house, &due, End::Back).await?;
        if !is_taken || due.len() < usize::try_from(SLICE).unwrap_or(usize::MAX) {
            break;
        }
    }
    Ok(())
}

/// Pushes jobs to Redis and tells whether it took them; what it did not take stays marked as due in the database.
async fn push(
    shared: &Shared,
    house: &mut House,
    jobs: &[JobRef],
    end: End,
) -> Result<bool, LayerError> {
    if jobs.is_empty() {
        return Ok(true);
    }
    if let Err(error) = shared
        .broker
        .ring
        .push(&mut shared.broker.redis.shared(), jobs, end)
        .await
    {
        tracing::warn!(%error, jobs = jobs.len(), "Redis did not take jobs; they stay due");
        house.redis_is_known = false;
        within(async {
            let mut tx = shared.db.fleet().await?;
            statements::put_back(&mut tx, jobs).await?;
            tx.commit().await
        })
        .await?;
        // Without this pause the same jobs would be due and refused in a tight loop.
        tokio::time::sleep(Duration::from_millis(500)).await;
        return Ok(false);
    }
    Ok(true)
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
        push(shared, house, &again, End::Front).await?;
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
            let found = lost::find(
                shared,
                &mut house.database,
                if all { lost::ALL } else { lost::RECENT },
            )
            .await;
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

async fn clean_up(house: &mut House, retention: &RetentionConfig) -> Result<(), LayerError> {
    let ages = [
        (JobState::Succeeded, retention.succeeded_days),
        (JobState::Cancelled, retention.cancelled_days),
        (JobState::Dead, retention.dead_days),
    ];
    for (state, days) in ages {
        // A long absence leaves much to drop: a bounded number of slices a round, the rest in the next.
        for _ in 0..20 {
            let dropped = within(statements::drop_old(
                &mut house.database,
                state,
                days,
                SLICE,
            ))
            .await?;
            if dropped < usize::try_from(SLICE).unwrap_or(usize::MAX) {
                break;
            }
        }
    }
    let expiries = [
        (Expired::Answers, ANSWER_DAYS, SLICE),
        (Expired::AbandonedBytes, 1, UPLOAD_SLICE),
        (Expired::AbandonedUploads, 1, SLICE),
        (Expired::FailedBytes, retention.upload_days, UPLOAD_SLICE),
    ];
    within(batches::drop_old(
        &mut house.database,
        retention.dead_days,
        SLICE,
    ))
    .await?;
    for (what, days, limit) in expiries {
        within(drop_expired(&mut house.database, what, days, limit)).await?;
    }
    Ok(())
}
