use std::sync::Arc;

use suite_core::id::{AccountId, JobId};
use suite_db::{
    DbResult,
    jobs::{self, Attempt},
};
use tokio::sync::Semaphore;

use crate::{Claimed, JobWorker, worker::within};

impl JobWorker {
    /// Claims one job by its id, past its queue; nothing when it does not wait, is not due, or another worker was faster.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn claim_one(&self, account_id: AccountId, id: JobId) -> DbResult<Option<Claimed>> {
        let shared = self.shared();
        let worker_id = shared.identity.current();
        let mut database = shared.db.fleet_connection().await?;
        let wanted = [(account_id.as_uuid(), id.as_uuid())];
        let claim = jobs::claim(&mut database, worker_id, &wanted, &shared.known_kinds);
        let Some(job) = within(claim).await?.pop() else {
            return Ok(None);
        };
        let attempt = Attempt {
            job_id: job.id,
            attempt: job.attempt,
            worker_id: worker_id.as_uuid(),
            started_at: job.started_at,
        };
        // The one slot of this job.
        let Ok(slot) = Arc::new(Semaphore::new(1)).try_acquire_owned() else {
            return Ok(None);
        };
        shared.announce_later(vec![(account_id, id)]);
        let guard = shared.running.enter(attempt);
        Ok(Some(Claimed::new(
            job,
            guard,
            shared.finisher.clone(),
            slot,
        )))
    }
}
