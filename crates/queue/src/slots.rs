//! Slots under limits, as a worker process holds them: when it has no more use for one, a parked job gets it.

use std::{collections::BTreeSet, sync::Arc};

use suite_core::job_limits::{ConcurrencyLimits, LimitedJob};
use suite_db::{
    FleetConnection,
    jobs::{ClaimedJob, limits},
};
use tokio::sync::{Mutex, mpsc};

use crate::{
    ring::End,
    supervise::patience,
    worker::{LayerError, Shared, within},
};

/// Keys under which slots have become free.
type Freed = Vec<String>;

/// The slots of one running job. They count as free from the end of its row; dropping this hands them on.
#[derive(Debug)]
pub(crate) struct HeldSlots {
    keys: Freed,
    freed: mpsc::UnboundedSender<Freed>,
}

impl HeldSlots {
    /// Returns those of a job that was claimed under limits; nothing when none holds it.
    pub(crate) fn of(
        job: &ClaimedJob,
        limits: &ConcurrencyLimits,
        freed: &mpsc::UnboundedSender<Freed>,
    ) -> Option<Self> {
        let limited = LimitedJob {
            queue: job.queue.parse().ok()?,
            account_id: job.account_id.into(),
            service: job.service.as_deref(),
        };
        let keys: Freed = limits.of(limited).into_iter().map(|key| key.name).collect();
        (!keys.is_empty()).then(|| Self {
            keys,
            freed: freed.clone(),
        })
    }
}

impl Drop for HeldSlots {
    fn drop(&mut self) {
        // A receiver that is gone means that the process ends: the keeper of another hands the slots on.
        let _ = self.freed.send(std::mem::take(&mut self.keys));
    }
}

/// What must not be lost when the task is started again.
pub(crate) struct Inbox {
    pub(crate) receiver: mpsc::UnboundedReceiver<Freed>,
    pub(crate) keys: BTreeSet<String>,
}

/// Hands slots on until the process ends, all that became free meanwhile in one go.
pub(crate) async fn run(shared: Shared, inbox: Arc<Mutex<Inbox>>) {
    let mut inbox = inbox.lock().await;
    let Inbox { receiver, keys } = &mut *inbox;
    let mut database: Option<FleetConnection> = None;
    let mut failures = 0;
    loop {
        if keys.is_empty() {
            tokio::select! {
                first = receiver.recv() => match first {
                    Some(first) => keys.extend(first),
                    None => return,
                },
                () = shared.lease_over.cancelled() => return,
            }
        }
        while let Ok(more) = receiver.try_recv() {
            keys.extend(more);
        }
        match hand_on(&shared, &mut database, keys).await {
            Ok(()) => {
                failures = 0;
                keys.clear();
            }
            Err(error) => {
                if failures == 0 {
                    tracing::warn!(%error, "free slots are handed on later");
                }
                failures += 1;
                database = None;
                tokio::time::sleep(patience(failures)).await;
            }
        }
    }
}

async fn hand_on(
    shared: &Shared,
    database: &mut Option<FleetConnection>,
    keys: &BTreeSet<String>,
) -> Result<(), LayerError> {
    let connection = match database {
        Some(connection) => connection,
        None => database.insert(shared.db.fleet_connection().await?),
    };
    let keys: Vec<String> = keys.iter().cloned().collect();
    hand_out(shared, connection, &keys).await
}

/// Hands out what waits for a slot under these keys and finds one.
pub(crate) async fn hand_out(
    shared: &Shared,
    connection: &mut FleetConnection,
    keys: &[String],
) -> Result<(), LayerError> {
    let present = shared.limits.borrow().clone();
    let jobs = within(limits::hand_out(connection, keys, &present)).await?;
    if jobs.is_empty() {
        return Ok(());
    }
    let mut redis = shared.broker.redis.shared();
    if let Err(error) = shared.broker.ring.push(&mut redis, &jobs, End::Front).await {
        tracing::warn!(%error, jobs = jobs.len(), "Redis did not take jobs; they are parked again");
        let mut tx = shared.db.fleet().await?;
        suite_db::jobs::keeper::put_back(&mut tx, &jobs).await?;
        tx.commit().await?;
    }
    Ok(())
}
