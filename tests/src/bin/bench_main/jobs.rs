use std::time::Duration;

use anyhow::{Context, Result, bail};
use suite_core::id::JobId;
use suite_db::jobs::{self, JobRow};

use crate::stand::Stand;

/// Waits until a job has succeeded; looks every `pause`.
pub(crate) async fn wait_for(stand: &Stand, id: JobId, pause: Duration) -> Result<JobRow> {
    loop {
        let mut tx = stand.db.account(stand.account_id).await?;
        let job = jobs::find(&mut tx, id).await?.context("the job is gone")?;
        drop(tx);
        match job.state.as_str() {
            "succeeded" => return Ok(job),
            "dead" | "cancelled" => {
                bail!("job {} ended as {}: {:?}", job.kind, job.state, job.error)
            }
            _ => tokio::time::sleep(pause).await,
        }
    }
}
