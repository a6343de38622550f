use std::{collections::HashSet, sync::Arc, time::Duration};

use suite_core::job_limits::ConcurrencyLimits;
use suite_db::{
    FleetConnection,
    jobs::{limits, workers},
};
use tokio::time::Instant;

use crate::{
    JobEvent, StopReason,
    supervise::patience,
    worker::{LayerError, Shared, within},
};

/// How often cancellations and pauses are looked for when no announcement brings them sooner.
const LOOK: Duration = Duration::from_secs(1);
/// How often at most, however many announcements there are.
const LOOK_PAUSE: Duration = Duration::from_millis(100);

/// Keeps the worker's lease, and learns which of its jobs are called off, which queues are paused and what is limited.
pub(crate) async fn run(shared: Shared, configured: ConcurrencyLimits) {
    let mut failures = 0;
    while !shared.lease_over.is_cancelled() {
        if let Err(error) = keep(&shared, &configured, &mut failures).await {
            if failures == 0 {
                tracing::warn!(%error, "the lease cannot be renewed for the moment");
            }
            failures += 1;
            shared.pulse.tick("lease");
            tokio::time::sleep(patience(failures)).await;
        }
    }
}

async fn keep(
    shared: &Shared,
    configured: &ConcurrencyLimits,
    failures: &mut u32,
) -> Result<(), LayerError> {
    let mut database = shared.db.fleet_connection().await?;
    let mut events = shared.broker.watch_stops();
    let interval = shared.lease / 3;
    let mut next_beat = Instant::now();
    loop {
        if Instant::now() >= next_beat {
            beat(shared, &mut database).await?;
            next_beat = Instant::now() + interval;
        }
        look(shared, &mut database).await?;
        let steered = within(limits::steered(&mut database)).await?;
        let present = configured.steered(steered);
        shared.limits.send_if_modified(|limits| {
            let changed = **limits != present;
            if changed {
                *limits = Arc::new(present);
            }
            changed
        });
        *failures = 0;
        shared.pulse.tick("lease");
        let soonest = Instant::now() + LOOK_PAUSE;
        let rest = tokio::time::sleep(LOOK.min(interval));
        tokio::pin!(rest);
        let mut is_wanted = false;
        loop {
            tokio::select! {
                () = &mut rest => break,
                () = shared.lease_over.cancelled() => return Ok(()),
                event = events.recv(), if !is_wanted => match event {
                    Ok(JobEvent::Changed { job_id, .. }) if !shared.running.contains(job_id.as_uuid()) => {}
                    // A closed channel never comes before the end of the process; the pause guards against a busy loop.
                    Err(tokio::sync::broadcast::error::RecvError::Closed) => tokio::time::sleep(LOOK).await,
                    _ => {
                        is_wanted = true;
                        rest.as_mut().reset(soonest);
                    }
                },
            }
        }
    }
}

async fn beat(shared: &Shared, database: &mut FleetConnection) -> Result<(), LayerError> {
    let id = shared.identity.current();
    if within(workers::beat(
        database,
        id,
        shared.lease,
        shared.running.count(),
    ))
    .await?
    {
        return Ok(());
    }
    // Taken for dead: what runs here has been given to others. A new start under a new name.
    tracing::error!(worker.id = %id, "the lease was lost; running jobs are stopped");
    metrics::counter!("worker_leases_lost_total").increment(1);
    shared.running.stop_all(StopReason::LeaseLost);
    within(workers::register(
        database,
        &shared.identity.renew(),
        shared.lease,
    ))
    .await?;
    Ok(())
}

async fn look(shared: &Shared, database: &mut FleetConnection) -> Result<(), LayerError> {
    let id = shared.identity.current();
    // Read before the rows: what is entered meanwhile was claimed by then or is not judged yet.
    let running = shared.running.attempts();
    if !running.is_empty() {
        let owned = within(workers::owned(database, id)).await?;
        for one in owned.iter().filter(|one| one.is_called_off) {
            shared.running.stop(one.attempt, StopReason::Cancelled);
        }
        // One that has ended is about to leave by itself; one that was taken away must not go on.
        for attempt in running {
            if !owned.iter().any(|one| one.attempt == attempt) {
                shared.running.stop(attempt, StopReason::LeaseLost);
            }
        }
    }
    let paused: HashSet<_> = within(workers::paused_queues(database))
        .await?
        .into_iter()
        .collect();
    shared.paused.send_if_modified(|present| {
        let changed = *present != paused;
        if changed {
            *present = paused;
        }
        changed
    });
    Ok(())
}
