use std::{collections::HashSet, sync::Arc, time::Duration};

use suite_core::{
    id::WorkerId,
    job::{JobRef, Queue},
};
use suite_db::{
    FleetConnection,
    jobs::{
        self, Attempt, ClaimedJob, keeper,
        limits::{Claims, claim_limited},
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use uuid::Uuid;

use crate::{
    Claimed,
    slots::HeldSlots,
    supervise::patience,
    worker::{LayerError, Shared, within},
};

/// Fills one queue's channel: waits for a free slot, pops ids, claims their rows, hands the jobs on.
pub(crate) struct Fetcher {
    pub(crate) shared: Shared,
    pub(crate) queue: Queue,
    /// How many slots there are.
    pub(crate) concurrency: usize,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) sender: mpsc::Sender<Claimed>,
}

/// Under a backlog, so long is waited at most until half of the slots are free: a claim costs the database nearly the same for
/// one job as for fifty.
const GATHERING: Duration = Duration::from_millis(2);

/// Ids that were popped and whose claim is not confirmed: account, job.
type Popped = Vec<(Uuid, Uuid)>;

impl Fetcher {
    /// Works until the process is to stop; every failure is met by waiting a moment and connecting anew.
    pub(crate) async fn run(&self) {
        let mut popped = Popped::new();
        let mut failures = 0;
        while !self.shared.stop.is_cancelled() {
            match self.serve(&mut popped, &mut failures).await {
                Ok(()) => break,
                Err(error) => {
                    if failures == 0 {
                        tracing::warn!(queue = %self.queue, %error, "fetching is interrupted and tries again");
                    }
                    failures += 1;
                    metrics::counter!("jobs_fetch_failures_total", "queue" => self.queue.name())
                        .increment(1);
                    self.pulse();
                    tokio::select! {
                        () = tokio::time::sleep(patience(failures)) => {}
                        () = self.shared.stop.cancelled() => {}
                    }
                }
            }
        }
        self.give_back(&popped).await;
    }

    fn pulse(&self) {
        self.shared.pulse.tick(&format!("fetcher.{}", self.queue));
    }

    async fn serve(&self, popped: &mut Popped, failures: &mut u32) -> Result<(), LayerError> {
        let mut redis = self.shared.broker.redis.blocking().await?;
        let mut database = self.shared.db.claim_connection().await?;
        let mut is_backlogged = false;
        loop {
            self.pulse();
            if is_backlogged {
                self.gather_slots().await;
            }
            let Some(mut slots) = self.free_slots().await else {
                return Ok(());
            };
            if self.shared.is_paused(self.queue) {
                drop(slots);
                self.rest(Duration::from_millis(250)).await;
                continue;
            }
            if popped.is_empty() {
                let ids = self
                    .shared
                    .broker
                    .ring
                    .pop(&mut redis, self.queue, slots.num_permits())
                    .await;
                match ids {
                    Ok(ids) => {
                        is_backlogged = ids.len() >= slots.num_permits();
                        *popped = ids;
                    }
                    Err(error) => {
                        // The answer may have been on its way with ids in it.
                        self.shared.sweep_wanted();
                        return Err(error.into());
                    }
                }
            }
            if popped.is_empty() {
                drop(slots);
                tokio::select! {
                    woken = self.shared.broker.ring.wait(&mut redis, self.queue) => woken?,
                    () = self.shared.stop.cancelled() => return Ok(()),
                }
                continue;
            }
            self.claim(&mut database, popped, &mut slots).await?;
            *failures = 0;
        }
    }

    /// Waits a moment for half of the slots to be free; jobs that take longer than that are not waited for.
    async fn gather_slots(&self) {
        let half = u32::try_from(self.concurrency / 2).unwrap_or(u32::MAX);
        // Given back at once: the next step takes all that are free.
        let _ = tokio::time::timeout(GATHERING, self.slots.acquire_many(half)).await;
    }

    /// Waits for one free slot and takes all that are free then; nothing when the process is to stop.
    async fn free_slots(&self) -> Option<OwnedSemaphorePermit> {
        let mut slots = loop {
            tokio::select! {
                slot = self.slots.clone().acquire_owned() => break slot.ok()?,
                () = self.shared.stop.cancelled() => return None,
                // Long jobs in all slots are no reason to call the loop stuck.
                () = tokio::time::sleep(Duration::from_secs(5)) => self.pulse(),
            }
        };
        let free = u32::try_from(self.slots.available_permits()).unwrap_or(u32::MAX);
        if free > 0
            && let Ok(more) = self.slots.clone().try_acquire_many_owned(free)
        {
            slots.merge(more);
        }
        Some(slots)
    }

    async fn rest(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.shared.stop.cancelled() => {}
        }
    }

    /// Claims as many of the popped ids as there are slots, and hands the jobs on.
    async fn claim(
        &self,
        database: &mut FleetConnection,
        popped: &mut Popped,
        slots: &mut OwnedSemaphorePermit,
    ) -> Result<(), LayerError> {
        let count = popped.len().min(slots.num_permits());
        let worker_id = self.shared.identity.current();
        let (claims, failure) = self
            .claim_rows(database, worker_id, &popped[..count])
            .await?;
        let Claims {
            claimed,
            parked,
            freed,
        } = claims;
        let limits = self.shared.limits.borrow().clone();
        let mut missing: Popped = popped.drain(..count).collect();
        let got: HashSet<Uuid> = claimed.iter().map(|job| job.id).chain(parked).collect();
        let announcements = claimed
            .iter()
            .map(|job| (job.account_id.into(), job.id.into()))
            .collect();
        for job in claimed {
            let Some(slot) = slots.split(1) else { break };
            metrics::histogram!("jobs_wait_seconds", "kind" => job.kind.clone())
                .record(Duration::from_millis(job.waited_ms.unsigned_abs()).as_secs_f64());
            let attempt = Attempt {
                job_id: job.id,
                attempt: job.attempt,
                worker_id: worker_id.as_uuid(),
                started_at: job.started_at,
            };
            let guard = self.shared.running.enter(attempt);
            let held = HeldSlots::of(&job, &limits, &self.shared.freed);
            let claimed =
                Claimed::new(job, guard, self.shared.finisher.clone(), slot).holding(held);
            if self.sender.send(claimed).await.is_err() {
                break;
            }
        }
        self.shared.announce_later(announcements);
        if !freed.is_empty() {
            // A receiver that is gone means that the process ends.
            let _ = self.shared.freed.send(freed);
        }
        if let Some(failure) = failure {
            missing.retain(|(_, id)| !got.contains(id));
            popped.splice(..0, missing);
            return Err(failure);
        }
        if got.len() < count {
            missing.retain(|(_, id)| !got.contains(id));
            self.look_after(database, missing).await?;
        }
        Ok(())
    }

    /// Takes jobs without limits by the one hot statement; the others, where there are limits, in a transaction. If that
    /// fails, the first are ours all the same.
    async fn claim_rows(
        &self,
        database: &mut FleetConnection,
        worker_id: WorkerId,
        popped: &[(Uuid, Uuid)],
    ) -> Result<(Claims, Option<LayerError>), LayerError> {
        let kinds = &self.shared.known_kinds;
        let limits = self.shared.limits.borrow().clone();
        if limits.bind_queue(self.queue) {
            let claims = claim_limited(database, worker_id, popped, kinds, &limits);
            return Ok((within(claims).await?, None));
        }
        if !limits.bind_services() {
            let claimed = within(jobs::claim(database, worker_id, popped, kinds)).await?;
            return Ok((only(claimed), None));
        }
        let claimed = jobs::claim_without_service(database, worker_id, popped, kinds);
        let mut claimed = within(claimed).await?;
        let got: HashSet<Uuid> = claimed.iter().map(|job| job.id).collect();
        let rest = popped.iter().filter(|(_, id)| !got.contains(id));
        let rest: Popped = rest.copied().collect();
        if rest.is_empty() {
            return Ok((only(claimed), None));
        }
        let limited = claim_limited(database, worker_id, &rest, kinds, &limits);
        match within(limited).await {
            Ok(mut claims) => {
                claims.claimed.append(&mut claimed);
                Ok((claims, None))
            }
            Err(error) => Ok((only(claimed), Some(error.into()))),
        }
    }

    /// Most ids that claim nothing are duplicates or cancelled. Those of unknown kinds are put off for a newer worker, and
    /// suspects until the present one has ended; those that still wait (our lease had ended) go back to Redis.
    async fn look_after(
        &self,
        database: &mut FleetConnection,
        missing: Popped,
    ) -> Result<(), LayerError> {
        within(keeper::defer(database, &missing, &self.shared.known_kinds)).await?;
        let waiting = within(keeper::still_waiting(database, &missing)).await?;
        if !waiting.is_empty() {
            self.shared.broker.return_ids(&waiting).await?;
            self.rest(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    /// At the end: ids without a claim go back to the front. If Redis is away, the keeper finds them.
    async fn give_back(&self, popped: &Popped) {
        let jobs: Vec<JobRef> = popped
            .iter()
            .map(|(account_id, id)| JobRef {
                account_id: (*account_id).into(),
                id: (*id).into(),
                queue: self.queue,
                priority: suite_core::job::Priority::Normal,
            })
            .collect();
        if !jobs.is_empty() && self.shared.broker.return_ids(&jobs).await.is_err() {
            self.shared.sweep_wanted();
        }
    }
}

fn only(claimed: Vec<ClaimedJob>) -> Claims {
    Claims {
        claimed,
        ..Claims::default()
    }
}
