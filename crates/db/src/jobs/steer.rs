use diesel::OptionalExtension;
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Bool, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{Error, id::JobId, job::JobRef};
use uuid::Uuid;

use super::{RefRow, batches, follow::follow};
use crate::{AccountTx, DbResult};

#[derive(QueryableByName)]
struct Steered {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    queue: String,
    #[diesel(sql_type = SmallInt)]
    priority: i16,
    #[diesel(sql_type = Bool)]
    done: bool,
}

/// Calls a job off: at once while it waits, through its worker while it runs. The last of a batch writes the callback, which
/// the keeper hands out.
///
/// Returns whether it has ended with this call; a job that had ended before is a conflict.
///
/// # Errors
/// Not found, conflict, or the server is away.
pub async fn cancel(tx: &mut AccountTx, id: JobId) -> DbResult<bool> {
    let row: Option<Steered> = sql_query(concat!(
        "WITH asked AS (
         UPDATE jobs
            SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()),
                state = CASE WHEN state = 'running' THEN state ELSE 'cancelled' END,
                finished_at = CASE WHEN state = 'running' THEN NULL ELSE clock_timestamp() END,
                parked_on = NULL, revision = revision + 1
          WHERE account_id = $1 AND id = $2 AND state IN ('queued', 'scheduled', 'running', 'retrying')
         RETURNING account_id, id, queue, priority, state, batch_id, next_job
         ), ended AS (SELECT * FROM asked WHERE state = 'cancelled')",
        follow!(left to the keeper),
        "SELECT account_id, id, queue, priority, state = 'cancelled' AS done FROM asked"
    ))
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .get_result(&mut **tx)
    .await
    .optional()?;
    match row {
        Some(row) => Ok(row.done),
        None => Err(not_in_such_a_state(tx, id, "the job has ended already")
            .await?
            .into()),
    }
}

/// Runs a job again that has ended without success, or at once if it waits for its time.
///
/// Returns the job to hand out after the commit.
///
/// # Errors
/// Not found; conflict when it runs, waits for a worker, has succeeded, or an equal unique job is live; or the server is away.
pub async fn retry(tx: &mut AccountTx, id: JobId) -> DbResult<JobRef> {
    lock(tx, id).await?;
    batches::count_retried(tx, id).await?;
    let row: Result<Steered, _> = sql_query(
        "UPDATE jobs
            SET state = 'queued', attempt = 0, crashes = 0, run_at = clock_timestamp(),
                dispatched_at = clock_timestamp(), cancel_requested_at = NULL, finished_at = NULL, progress = NULL,
                parked_on = NULL, revision = revision + 1
          WHERE account_id = $1 AND id = $2 AND state IN ('dead', 'cancelled', 'scheduled', 'retrying')
         RETURNING account_id, id, queue, priority, true AS done",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .get_result(&mut **tx)
    .await;
    match row {
        Ok(row) => {
            let row = RefRow {
                account_id: row.account_id,
                id: row.id,
                queue: row.queue,
                priority: row.priority,
            };
            row.job().ok_or_else(|| {
                Error::Conflict {
                    reason: "its queue is unknown here".to_owned(),
                }
                .into()
            })
        }
        Err(diesel::result::Error::NotFound) => {
            let reason = "only a job that is dead, cancelled or waits for its time can be retried";
            Err(not_in_such_a_state(tx, id, reason).await?.into())
        }
        Err(diesel::result::Error::DatabaseError(
            diesel::result::DatabaseErrorKind::UniqueViolation,
            _,
        )) => Err(Error::Conflict {
            reason: "an equal job is waiting or running".to_owned(),
        }
        .into()),
        Err(error) => Err(error.into()),
    }
}

/// Holds the job's row, so that nobody else retries it or ends it meanwhile.
async fn lock(tx: &mut AccountTx, id: JobId) -> DbResult<()> {
    sql_query("SELECT 1 FROM jobs WHERE account_id = $1 AND id = $2 FOR UPDATE")
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<SqlUuid, _>(id.as_uuid())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn not_in_such_a_state(tx: &mut AccountTx, id: JobId, reason: &str) -> DbResult<Error> {
    Ok(match super::find(tx, id).await? {
        Some(_) => Error::Conflict {
            reason: reason.to_owned(),
        },
        None => Error::NotFound { what: "job" },
    })
}
