//! What several addresses show.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use suite_core::{Error, id::JobId, job::JobRef};
use suite_db::{
    AccountTx,
    jobs::{self, JobRow},
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{problem::ApiResult, respond::Answer};

/// A unit of background work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobView {
    id: Uuid,
    /// What is done, such as `run_import`.
    kind: String,
    /// Where it waits: `inventory`, `reports`, `email` or `maintenance`.
    queue: String,
    /// `queued`, `scheduled`, `running`, `retrying`, `succeeded`, `dead` or `cancelled`.
    state: String,
    /// How far it is; null before it says so.
    #[schema(value_type = Option<JobProgress>)]
    progress: Option<Value>,
    /// How often it was started.
    attempt: i16,
    /// How often it is started at most.
    max_attempts: i16,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    /// Names what it made, such as `{"report_id": "…"}`.
    result: Option<Value>,
    /// Why the last attempt failed.
    error: Option<String>,
}

/// How far a job is.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "describes what workers write")]
pub(crate) struct JobProgress {
    /// How much is done, in `unit`.
    done: u64,
    /// How much there is, if that is known.
    total: Option<u64>,
    /// What is counted, such as `rows`.
    unit: String,
    /// What is being done.
    message: String,
}

impl From<JobRow> for JobView {
    fn from(job: JobRow) -> Self {
        Self {
            id: job.id.into(),
            kind: job.kind,
            queue: job.queue,
            state: job.state,
            progress: job.progress,
            attempt: job.attempt,
            max_attempts: job.max_attempts,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            result: job.result,
            error: job.error,
        }
    }
}

/// Returns a job of the account as it is now.
pub(crate) async fn job(tx: &mut AccountTx, id: JobId) -> ApiResult<JobView> {
    let row = jobs::find(tx, id).await?;
    Ok(row.ok_or(Error::NotFound { what: "job" })?.into())
}

/// Answers 202 with the job, which is handed out once the transaction has committed.
pub(crate) async fn accepted(tx: &mut AccountTx, started: JobRef) -> ApiResult<Answer> {
    let view = job(tx, started.id).await?;
    Ok(Answer::accepted(started.id, &view)?.starting(started))
}
