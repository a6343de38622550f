use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use suite_core::{
    id::{AccountId, JobId},
    job::{JobRef, JobState},
};
use suite_db::{Db, jobs, operator::workers};

use super::progress::Progress;
use crate::cli::{Console, Session, queue, show};

const PAUSE: Duration = Duration::from_millis(50);
/// A fleet that is only just starting has a worker by then.
const PATIENCE: Duration = Duration::from_secs(30);

/// What goes on for the demo account.
pub(super) struct Work<'a> {
    pub(super) account_id: AccountId,
    pub(super) session: &'a Session,
    pub(super) db: &'a Db,
    pub(super) progress: Progress,
}

impl Work<'_> {
    /// Hands a committed job out and waits for its end; returns its result.
    pub(super) async fn run(
        &mut self,
        job: JobRef,
        what: &str,
        console: &mut Console<'_>,
    ) -> anyhow::Result<Value> {
        queue::hand_out(self.session, self.db, &[job], console).await?;
        self.wait(job.id, what, console).await
    }

    /// Waits for the end of a job; returns its result.
    pub(super) async fn wait(
        &mut self,
        id: JobId,
        what: &str,
        console: &mut Console<'_>,
    ) -> anyhow::Result<Value> {
        let mut without_worker: Option<Instant> = None;
        loop {
            let mut tx = self.db.account(self.account_id).await?;
            let row = jobs::find(&mut tx, id)
                .await?
                .with_context(|| format!("job {id} is gone"))?;
            drop(tx);
            match row.state.parse::<JobState>()? {
                JobState::Succeeded => return Ok(row.result.unwrap_or_default()),
                JobState::Dead | JobState::Cancelled => {
                    let why = row.error_detail.or(row.error).unwrap_or(row.state);
                    bail!("{what}: {why} (job {id})");
                }
                JobState::Running => without_worker = None,
                JobState::Queued | JobState::Scheduled | JobState::Retrying => {
                    self.expect_worker(&row.queue, &mut without_worker).await?;
                }
            }
            let told = row
                .progress
                .as_ref()
                .map_or_else(|| row.state.clone(), show::progress);
            self.progress.tell(console, &format!("{what}: {told}"))?;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Gives up when nobody has served the queue for a while.
    async fn expect_worker(
        &self,
        queue: &str,
        without: &mut Option<Instant>,
    ) -> anyhow::Result<()> {
        let alive = workers::list(&mut self.db.fleet().await?).await?;
        let is_served = alive
            .iter()
            .any(|worker| worker.is_alive && worker.queues.iter().any(|name| name == queue));
        if is_served {
            *without = None;
            return Ok(());
        }
        let since = *without.get_or_insert_with(Instant::now);
        if since.elapsed() > PATIENCE {
            let patience = show::span(i64::try_from(PATIENCE.as_secs())?);
            bail!(
                "no worker serves the queue {queue} for {patience}: start suite-worker and run this again"
            );
        }
        Ok(())
    }
}
