//! Batches: jobs that belong together, and a callback that is written when all of them have ended.
//!
//! A batch is *open* while one of its jobs is not over; only then jobs can be added, which is certain for one of them while
//! it runs. A job has ended when it has succeeded, is dead or cancelled; the steps of its chain belong to the batch too and
//! are counted as they begin. A dead job that is retried counts as pending again, but the callback is written only once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Jsonb, Nullable, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{
    Error,
    id::{BatchId, JobId},
    job::NewJob,
};
use uuid::Uuid;

use super::enqueue::{Enqueued, enqueued, insert};
use crate::{AccountTx, DbResult, FleetConnection, schema::batches};

/// A batch as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = batches)]
#[allow(missing_docs, reason = "the columns are explained in the migration")]
pub struct BatchRow {
    #[diesel(deserialize_as = Uuid)]
    pub id: BatchId,
    pub total: i32,
    pub pending: i32,
    pub succeeded: i32,
    pub dead: i32,
    pub cancelled: i32,
    pub completed: i32,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// Writes jobs as one batch in the caller's transaction, and returns those to hand out after the commit.
///
/// `callback` is written when all have ended, in whatever way, together with the end of the last; make `batch_id` before it,
/// so that its arguments can name the batch. It has no unique key. A job whose unique key is live already is not written and
/// not waited for; with no job to wait for, the callback is written at once.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue(
    tx: &mut AccountTx,
    batch_id: BatchId,
    jobs: Vec<NewJob>,
    callback: Option<NewJob>,
) -> DbResult<Vec<Enqueued>> {
    let jobs: Vec<NewJob> = jobs.into_iter().map(|job| job.in_batch(batch_id)).collect();
    let callback = callback.map(|callback| NewJob {
        unique_key: None,
        batch_id: None,
        ..callback
    });
    let new: Vec<Enqueued> = insert(tx, &jobs).await?.into_iter().map(enqueued).collect();
    sql_query(
        "INSERT INTO batches (account_id, id, total, pending, completed, finished_at, callback)
         VALUES ($1, $2, $3, $3, ($3 = 0)::integer, CASE WHEN $3 = 0 THEN clock_timestamp() END, $4)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(batch_id.as_uuid())
    .bind::<Integer, _>(count(new.len()))
    .bind::<Nullable<Jsonb>, _>(callback.as_ref().map(NewJob::as_kept))
    .execute(&mut **tx)
    .await?;
    match callback {
        Some(callback) if new.is_empty() => {
            let at_once = insert(tx, std::slice::from_ref(&callback)).await?;
            Ok(at_once.into_iter().map(enqueued).collect())
        }
        _ => Ok(new),
    }
}

/// Counts jobs that were just written in batches that exist.
pub(super) async fn count_new(tx: &mut AccountTx, new: &[&NewJob]) -> DbResult<()> {
    // In the order of their ids, as everywhere: two transactions that wait for each other's batch would both wait for ever.
    let mut by_batch = BTreeMap::<BatchId, usize>::new();
    for batch_id in new.iter().filter_map(|job| job.batch_id) {
        *by_batch.entry(batch_id).or_default() += 1;
    }
    for (batch_id, jobs) in by_batch {
        let open = batches::table
            .filter(batches::account_id.eq(tx.account_id().as_uuid()))
            .filter(batches::id.eq(batch_id.as_uuid()))
            .filter(batches::pending.gt(0));
        let added = diesel::update(open).set((
            batches::total.eq(batches::total + count(jobs)),
            batches::pending.eq(batches::pending + count(jobs)),
        ));
        if added.execute(&mut **tx).await? == 0 {
            let reason = "all jobs of the batch have ended".to_owned();
            return Err(Error::Conflict { reason }.into());
        }
    }
    Ok(())
}

/// Counts a job that is to be retried as pending again. Its row must be locked.
pub(super) async fn count_retried(tx: &mut AccountTx, job_id: JobId) -> DbResult<()> {
    sql_query(
        "UPDATE batches b
            SET pending = b.pending + 1, dead = b.dead - (j.state = 'dead')::integer,
                cancelled = b.cancelled - (j.state = 'cancelled')::integer, finished_at = NULL
           FROM jobs j
          WHERE j.account_id = $1 AND j.id = $2 AND j.state IN ('dead', 'cancelled')
            AND b.account_id = j.account_id AND b.id = j.batch_id",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(job_id.as_uuid())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Returns the counts of a batch.
///
/// # Errors
/// When the server is away.
pub async fn read(tx: &mut AccountTx, id: BatchId) -> DbResult<Option<BatchRow>> {
    let row = batches::table
        .filter(batches::account_id.eq(tx.account_id().as_uuid()))
        .filter(batches::id.eq(id.as_uuid()))
        .select(BatchRow::as_select())
        .first(&mut **tx)
        .await
        .optional()?;
    Ok(row)
}

/// Removes one slice of batches that ended more than `days` ago; returns how many.
///
/// # Errors
/// When the server is away.
pub async fn drop_old(connection: &mut FleetConnection, days: u32, limit: i64) -> DbResult<usize> {
    let dropped = sql_query(
        "DELETE FROM batches b USING (
             SELECT account_id, id FROM batches
              WHERE pending = 0 AND finished_at < now() - $1 * interval '1 day'
              LIMIT $2 FOR UPDATE SKIP LOCKED) old
          WHERE b.account_id = old.account_id AND b.id = old.id",
    )
    .bind::<BigInt, _>(i64::from(days))
    .bind::<BigInt, _>(limit)
    .execute(&mut **connection)
    .await?;
    Ok(dropped)
}

fn count(jobs: usize) -> i32 {
    i32::try_from(jobs).unwrap_or(i32::MAX)
}
