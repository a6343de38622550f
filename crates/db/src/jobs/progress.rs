use chrono::{DateTime, Utc};
use diesel::sql_types::{Jsonb, SmallInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Attempt;
use crate::{AccountTx, DbResult, statement::statement};

/// How far a job is, for the person who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// How much is done, in `unit`.
    pub done: u64,
    /// How much there is, if that is known.
    pub total: Option<u64>,
    /// What is counted, such as `rows`.
    pub unit: String,
    /// What is being done, in a few words.
    pub message: String,
}

statement! {
    // lower(): see finish.rs.
    struct Write {
        account_id: SqlUuid => Uuid,
        id: SqlUuid => Uuid,
        attempt: SmallInt => i16,
        worker_id: SqlUuid => Uuid,
        started_at: Timestamptz => DateTime<Utc>,
        progress: Jsonb => serde_json::Value,
    }
    "UPDATE jobs SET progress = $6, revision = revision + 1
      WHERE account_id = $1 AND id = $2 AND attempt = $3 AND worker_id = $4 AND started_at = $5
        AND lower(state) = 'running'"
}

/// Shows how far an attempt is; a lost lease makes it do nothing.
///
/// # Errors
/// When the server is away.
pub async fn write_progress(
    tx: &mut AccountTx,
    attempt: Attempt,
    progress: &Progress,
) -> DbResult<()> {
    let write = Write {
        account_id: tx.account_id().as_uuid(),
        id: attempt.job_id,
        attempt: attempt.attempt,
        worker_id: attempt.worker_id,
        started_at: attempt.started_at,
        progress: serde_json::to_value(progress).map_err(suite_core::Error::internal)?,
    };
    write.execute(&mut **tx).await?;
    Ok(())
}
