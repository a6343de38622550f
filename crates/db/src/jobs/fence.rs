use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Integer, Jsonb, SmallInt, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use suite_core::job::JobRef;
use uuid::Uuid;

use super::follow::{FollowRow, Followed, ended_and_started, follow};
use crate::{AccountTx, DbResult, statement::statement};

/// The token of a running attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Which job.
    pub job_id: Uuid,
    /// Which attempt.
    pub attempt: i16,
    /// Which worker claimed it.
    pub worker_id: Uuid,
    /// When. The same worker may claim a job twice under one number: once handed back, an attempt does not count.
    pub started_at: DateTime<Utc>,
}

statement! {
    // lower(): see finish.rs. FOR SHARE: until the transaction ends nobody can take the job away, so what it writes is written by its owner.
    struct Fence {
        account_id: SqlUuid => Uuid,
        id: SqlUuid => Uuid,
        attempt: SmallInt => i16,
        worker_id: SqlUuid => Uuid,
        started_at: Timestamptz => DateTime<Utc>,
    }
    "SELECT 1 AS held FROM jobs
      WHERE account_id = $1 AND id = $2 AND attempt = $3 AND worker_id = $4 AND started_at = $5
        AND lower(state) = 'running'
        FOR SHARE"
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = Integer)]
    #[allow(dead_code, reason = "only whether there is a row matters")]
    held: i32,
}

/// Tells whether the attempt still owns its job, and holds the job until the transaction ends.
///
/// # Errors
/// When the server is away.
pub async fn fence(tx: &mut AccountTx, attempt: Attempt) -> DbResult<bool> {
    let fence = Fence {
        account_id: tx.account_id().as_uuid(),
        id: attempt.job_id,
        attempt: attempt.attempt,
        worker_id: attempt.worker_id,
        started_at: attempt.started_at,
    };
    let rows: Vec<Held> = fence.load(&mut **tx).await?;
    Ok(!rows.is_empty())
}

/// Declares a statement that ends a job in the transaction of its effects.
macro_rules! finish_here_statement {
    ($name:ident, $before:expr, $behind:expr) => {
        statement! {
            struct $name {
                account_id: SqlUuid => Uuid,
                id: SqlUuid => Uuid,
                attempt: SmallInt => i16,
                worker_id: SqlUuid => Uuid,
                started_at: Timestamptz => DateTime<Utc>,
                result: Jsonb => Value,
            }
            concat!(
                $before,
                "UPDATE jobs j
                    SET state = 'succeeded', finished_at = clock_timestamp(), result = $6, error = NULL,
                        worker_id = NULL, revision = revision + 1
                  WHERE account_id = $1 AND id = $2 AND attempt = $3 AND worker_id = $4 AND started_at = $5
                    AND lower(state) = 'running'",
                $behind
            )
        }

        impl $name {
            fn of(tx: &AccountTx, attempt: Attempt, result: &Value) -> Self {
                Self {
                    account_id: tx.account_id().as_uuid(),
                    id: attempt.job_id,
                    attempt: attempt.attempt,
                    worker_id: attempt.worker_id,
                    started_at: attempt.started_at,
                    result: result.clone(),
                }
            }
        }
    };
}

finish_here_statement!(FinishHere, "", " AND batch_id IS NULL AND next_job IS NULL");
finish_here_statement!(
    FinishHereLinked,
    "WITH ended AS (",
    concat!(
        " RETURNING j.account_id, j.id, j.queue, j.priority, j.state, j.batch_id, j.next_job)",
        follow!(),
        ended_and_started!()
    )
);

/// Ends the job in the transaction of its effects: both are written, or neither.
///
/// Returns the jobs that follow, to be handed out after the commit; or nothing when the attempt no longer owns the job, and
/// the caller must roll back. A batch counts the end at once and holds its row until the commit: let it come last.
///
/// # Errors
/// When the server is away.
pub async fn finish_followed(
    tx: &mut AccountTx,
    attempt: Attempt,
    result: &Value,
) -> DbResult<Option<Vec<JobRef>>> {
    let plain = FinishHere::of(tx, attempt, result);
    if plain.execute(&mut **tx).await? == 1 {
        return Ok(Some(Vec::new()));
    }
    let linked = FinishHereLinked::of(tx, attempt, result);
    let followed = Followed::of(&linked.load::<FollowRow>(&mut **tx).await?);
    Ok((!followed.ended.is_empty()).then_some(followed.started))
}

/// As [`finish_followed`], for callers that leave the handing out to the keeper; tells whether the attempt owned the job.
///
/// # Errors
/// When the server is away.
pub async fn finish_here(tx: &mut AccountTx, attempt: Attempt, result: &Value) -> DbResult<bool> {
    Ok(finish_followed(tx, attempt, result).await?.is_some())
}
