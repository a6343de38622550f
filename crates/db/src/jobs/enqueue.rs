use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use suite_core::{
    Error,
    id::{BatchId, JobId},
    job::{JobRef, NewJob},
};
use uuid::Uuid;

use super::{batches, notify_due};
use crate::{AccountTx, DbResult, FleetTx, statement::statement};

/// What became of a job that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enqueued {
    /// The job: the new one, or the live one with the same unique key.
    pub job: JobRef,
    /// Whether it is new; only then there is something to hand out.
    pub is_new: bool,
}

/// Declares a statement that writes jobs; those from which nothing follows are written without the columns for it.
macro_rules! insert_statement {
    (
        $name:ident { $($field:ident: $sql_type:ty => $rust_type:ty = $pick:expr,)* }
        $columns:literal, $values:literal, $arrays:literal
    ) => {
        statement! {
            struct $name {
                account_ids: Array<SqlUuid> => Vec<Uuid>,
                ids: Array<SqlUuid> => Vec<Uuid>,
                kinds: Array<Text> => Vec<&'static str>,
                queues: Array<Text> => Vec<&'static str>,
                priorities: Array<SmallInt> => Vec<i16>,
                args: Array<Jsonb> => Vec<Value>,
                max_attempts: Array<SmallInt> => Vec<i16>,
                timeouts: Array<Integer> => Vec<i32>,
                run_at: Array<Nullable<Timestamptz>> => Vec<Option<DateTime<Utc>>>,
                unique_keys: Array<Nullable<Text>> => Vec<Option<String>>,
                traceparents: Array<Nullable<Text>> => Vec<Option<String>>,
                $($field: $sql_type => $rust_type,)*
            }
            concat!(
                "INSERT INTO jobs (account_id, id, kind, queue, state, priority, args, max_attempts, timeout_ms,
                                   run_at, dispatched_at, unique_key, traceparent", $columns, ")
                 SELECT n.account_id, n.id, n.kind, n.queue,
                        CASE WHEN n.run_at > clock_timestamp() THEN 'scheduled' ELSE 'queued' END,
                        n.priority, n.args, n.max_attempts, n.timeout_ms, coalesce(n.run_at, now()),
                        CASE WHEN n.run_at > clock_timestamp() THEN NULL ELSE clock_timestamp() END,
                        n.unique_key, n.traceparent", $values, "
                   FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11", $arrays, ")
                     AS n (account_id, id, kind, queue, priority, args, max_attempts, timeout_ms, run_at, unique_key, traceparent",
                           $columns, ")
                 ON CONFLICT (account_id, kind, unique_key)
                    WHERE unique_key IS NOT NULL AND state IN ('queued', 'scheduled', 'running', 'retrying')
                    DO NOTHING
                 RETURNING id"
            )
        }

        impl $name {
            fn of(account_ids: Vec<Uuid>, jobs: &[NewJob]) -> Self {
                Self {
                    account_ids,
                    ids: jobs.iter().map(|job| job.id.as_uuid()).collect(),
                    kinds: jobs.iter().map(|job| job.terms.name).collect(),
                    queues: jobs.iter().map(|job| job.terms.queue.name()).collect(),
                    priorities: jobs.iter().map(|job| job.terms.priority.as_i16()).collect(),
                    args: jobs.iter().map(|job| job.args.clone()).collect(),
                    max_attempts: jobs
                        .iter()
                        .map(|job| clamp_i16(job.terms.max_attempts))
                        .collect(),
                    timeouts: jobs
                        .iter()
                        .map(|job| i32::try_from(job.terms.timeout.as_millis()).unwrap_or(i32::MAX))
                        .collect(),
                    run_at: jobs.iter().map(|job| job.run_at).collect(),
                    unique_keys: jobs.iter().map(|job| job.unique_key.clone()).collect(),
                    traceparents: jobs.iter().map(|job| job.traceparent.clone()).collect(),
                    $($field: jobs.iter().map($pick).collect(),)*
                }
            }
        }
    };
}

insert_statement! { Insert {} "", "", "" }

insert_statement! {
    InsertLinked {
        services: Array<Nullable<Text>> => Vec<Option<String>> = |job| job.service.clone(),
        batch_ids: Array<Nullable<SqlUuid>> => Vec<Option<Uuid>> = |job| job.batch_id.map(BatchId::as_uuid),
        next_jobs: Array<Nullable<Jsonb>> => Vec<Option<Value>> = |job| job.next.as_deref().map(NewJob::as_kept),
    }
    ", service, batch_id, next_job", ", n.service, n.batch_id, n.next_job", ", $12, $13, $14"
}

statement! {
    struct FindLive {
        account_id: SqlUuid => Uuid,
        kind: Text => &'static str,
        unique_key: Text => String,
    }
    "SELECT id FROM jobs
      WHERE account_id = $1 AND kind = $2 AND unique_key = $3
        AND state IN ('queued', 'scheduled', 'running', 'retrying')"
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Writes a job in the caller's transaction: with its commit the job exists, with its rollback it never did.
///
/// A live job of the same kind and unique key is returned instead of a second one.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue(tx: &mut AccountTx, job: NewJob) -> DbResult<Enqueued> {
    // The live job may end between the two statements; then the insert succeeds the next time.
    for _ in 0..5 {
        if let Some(enqueued) = enqueue_many(tx, std::slice::from_ref(&job)).await?.pop() {
            return Ok(enqueued);
        }
        let Some(unique_key) = job.unique_key.clone() else {
            break;
        };
        let live = FindLive {
            account_id: tx.account_id().as_uuid(),
            kind: job.terms.name,
            unique_key,
        };
        let rows: Vec<IdRow> = live.load(&mut **tx).await?;
        if let Some(row) = rows.into_iter().next() {
            return Ok(Enqueued {
                job: job_ref(&job, row.id.into()),
                is_new: false,
            });
        }
    }
    Err(Error::unavailable("a unique job kept ending while it was looked up").into())
}

/// Writes many jobs in the caller's transaction and returns those that are new.
///
/// # Errors
/// When the database refuses; a conflict when a job names a batch whose jobs have all ended.
pub async fn enqueue_many(tx: &mut AccountTx, jobs: &[NewJob]) -> DbResult<Vec<Enqueued>> {
    let new = insert(tx, jobs).await?;
    if jobs.iter().any(|job| job.batch_id.is_some()) {
        batches::count_new(tx, &new).await?;
    }
    Ok(new.into_iter().map(enqueued).collect())
}

/// Writes plain jobs of many accounts, each its own account's, that are due at once; returns those that are new.
pub(crate) async fn enqueue_for_accounts(
    tx: &mut FleetTx,
    jobs: &[NewJob],
) -> DbResult<Vec<JobRef>> {
    let is_plain = |job: &NewJob| {
        job.service.is_none()
            && job.batch_id.is_none()
            && job.next.is_none()
            && job.run_at.is_none()
    };
    if !jobs.iter().all(is_plain) {
        return Err(Error::internal("only plain jobs are written for many accounts").into());
    }
    let account_ids = jobs.iter().map(|job| job.account_id.as_uuid()).collect();
    let rows: Vec<IdRow> = Insert::of(account_ids, jobs).load(&mut **tx).await?;
    let new = those_written(jobs, rows);
    Ok(new.into_iter().map(|job| job_ref(job, job.id)).collect())
}

/// Writes jobs and returns the new ones; their batches know nothing of them yet.
pub(super) async fn insert<'jobs>(
    tx: &mut AccountTx,
    jobs: &'jobs [NewJob],
) -> DbResult<Vec<&'jobs NewJob>> {
    let is_plain =
        |job: &NewJob| job.service.is_none() && job.batch_id.is_none() && job.next.is_none();
    // Whatever a job says: a transaction that serves one account writes that account's jobs only.
    let account_ids = vec![tx.account_id().as_uuid(); jobs.len()];
    let rows: Vec<IdRow> = if jobs.iter().all(is_plain) {
        Insert::of(account_ids, jobs).load(&mut **tx).await?
    } else {
        InsertLinked::of(account_ids, jobs).load(&mut **tx).await?
    };
    if let Some(first) = jobs.iter().filter_map(|job| job.run_at).min() {
        notify_due(tx, first).await?;
    }
    Ok(those_written(jobs, rows))
}

fn those_written(jobs: &[NewJob], rows: Vec<IdRow>) -> Vec<&NewJob> {
    if rows.len() == jobs.len() {
        return jobs.iter().collect();
    }
    let written: HashSet<Uuid> = rows.into_iter().map(|row| row.id).collect();
    let new = jobs
        .iter()
        .filter(|job| written.contains(&job.id.as_uuid()));
    new.collect()
}

pub(super) fn enqueued(job: &NewJob) -> Enqueued {
    Enqueued {
        job: job_ref(job, job.id),
        is_new: true,
    }
}

fn job_ref(job: &NewJob, id: JobId) -> JobRef {
    JobRef {
        account_id: job.account_id,
        id,
        queue: job.terms.queue,
        priority: job.terms.priority,
    }
}

fn clamp_i16(number: u16) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}
