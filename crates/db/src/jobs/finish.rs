use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Attempt,
    follow::{FollowRow, Followed, ended_and_started, follow},
};
use crate::{DbResult, FleetConnection, statement::statement};

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFault {
    /// What the merchant may read.
    pub public: String,
    /// The whole chain of causes, for the operator.
    pub detail: String,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done, with what it made.
    Succeeded(Value),
    /// Failed; the next attempt follows after the wait.
    Retry {
        /// How long to wait.
        after: Duration,
        /// What went wrong.
        error: JobFault,
    },
    /// Failed for good.
    Dead {
        /// What went wrong.
        error: JobFault,
    },
    /// Called off.
    Cancelled,
    /// Not the job's fault (shutdown, database away): as if the attempt had never begun.
    Released {
        /// How long to wait.
        after: Duration,
        /// Why, if there is something to tell.
        error: Option<JobFault>,
    },
}

/// The end of one attempt, with the token that proves whose attempt it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Finish {
    /// Whose job.
    pub account_id: Uuid,
    /// Which attempt of which job.
    pub attempt: Attempt,
    /// How it ended.
    pub outcome: Outcome,
}

/// Declares a statement that writes the ends of attempts, with the same parameters as the others.
macro_rules! finish_statement {
    ($name:ident, $sql:expr) => {
        statement! {
            struct $name {
                account_ids: Array<SqlUuid> => Vec<Uuid>,
                ids: Array<SqlUuid> => Vec<Uuid>,
                attempts: Array<SmallInt> => Vec<i16>,
                worker_ids: Array<SqlUuid> => Vec<Uuid>,
                started_at: Array<Timestamptz> => Vec<DateTime<Utc>>,
                outcomes: Array<Text> => Vec<&'static str>,
                delays_ms: Array<BigInt> => Vec<i64>,
                results: Array<Nullable<Jsonb>> => Vec<Option<Value>>,
                errors: Array<Nullable<Text>> => Vec<Option<String>>,
                details: Array<Nullable<Text>> => Vec<Option<String>>,
            }
            $sql
        }

        impl $name {
            fn of(batch: &[Finish]) -> Self {
                let ends: Vec<End> = batch
                    .iter()
                    .map(|finish| End::of(&finish.outcome))
                    .collect();
                let fault = |pick: fn(&JobFault) -> &str| {
                    ends.iter()
                        .map(|end| end.fault.map(|fault| clean(pick(fault))))
                        .collect()
                };
                let token = |pick: fn(&Attempt) -> Uuid| {
                    batch.iter().map(|finish| pick(&finish.attempt)).collect()
                };
                Self {
                    account_ids: batch.iter().map(|finish| finish.account_id).collect(),
                    ids: token(|attempt| attempt.job_id),
                    attempts: batch.iter().map(|finish| finish.attempt.attempt).collect(),
                    worker_ids: token(|attempt| attempt.worker_id),
                    started_at: batch
                        .iter()
                        .map(|finish| finish.attempt.started_at)
                        .collect(),
                    outcomes: ends.iter().map(|end| end.outcome).collect(),
                    delays_ms: ends.iter().map(|end| end.delay_ms).collect(),
                    results: ends.iter().map(|end| end.result.cloned()).collect(),
                    errors: fault(|fault| &fault.public),
                    details: fault(|fault| &fault.detail),
                }
            }
        }
    };
}

// The fence: id, attempt, worker and time must be those of the claim, or the row has been given to somebody else.
// lower() hides the state from the planner: it took jobs_running for a short index, where every finished job leaves a dead
// entry, and read all of it for each job of a batch: up to 3.6 s a batch.
macro_rules! update_fenced {
    () => {
        "UPDATE jobs j
        SET state = CASE
                WHEN j.cancel_requested_at IS NOT NULL AND o.outcome IN ('retry', 'release') THEN 'cancelled'
                WHEN o.outcome = 'retry' THEN 'retrying'
                WHEN o.outcome = 'release' THEN 'queued'
                ELSE o.outcome END,
            attempt = CASE WHEN o.outcome = 'release' THEN j.attempt - 1 ELSE j.attempt END,
            run_at = CASE WHEN o.outcome IN ('retry', 'release')
                          THEN clock_timestamp() + o.delay_ms * interval '1 millisecond' ELSE j.run_at END,
            dispatched_at = CASE WHEN o.outcome IN ('retry', 'release') THEN NULL ELSE j.dispatched_at END,
            finished_at = CASE
                WHEN o.outcome IN ('succeeded', 'dead', 'cancelled') OR j.cancel_requested_at IS NOT NULL
                THEN clock_timestamp() END,
            result = o.result,
            error = coalesce(o.error, CASE WHEN o.outcome = 'release' THEN j.error END),
            error_detail = coalesce(o.detail, CASE WHEN o.outcome = 'release' THEN j.error_detail END),
            worker_id = NULL,
            revision = j.revision + 1
       FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         AS o (account_id, id, attempt, worker_id, started_at, outcome, delay_ms, result, error, detail)
      WHERE j.account_id = o.account_id AND j.id = o.id AND j.attempt = o.attempt
        AND j.worker_id = o.worker_id AND j.started_at = o.started_at AND lower(j.state) = 'running'"
    };
}

finish_statement! {
    FinishAll,
    concat!(update_fenced!(), " AND j.batch_id IS NULL AND j.next_job IS NULL RETURNING j.id")
}

finish_statement! {
    FinishLinked,
    concat!(
        "WITH ended AS (",
        update_fenced!(),
        " AND (j.batch_id IS NOT NULL OR j.next_job IS NOT NULL)
          RETURNING j.account_id, j.id, j.queue, j.priority, j.state, j.batch_id, j.next_job)",
        follow!(),
        ended_and_started!()
    )
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Writes the ends of many attempts in one statement and returns the ids it accepted.
///
/// Missing in the answer are attempts whose lease was lost meanwhile, and jobs from which something follows, since they
/// belong to a batch or a chain: they are left to [`finish_linked`].
///
/// # Errors
/// When the server is away; the caller keeps the batch and tries again.
pub async fn finish(connection: &mut FleetConnection, batch: &[Finish]) -> DbResult<Vec<Uuid>> {
    let rows: Vec<IdRow> = FinishAll::of(batch).load(&mut **connection).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Writes the ends of attempts of jobs in batches and chains, with what follows from them, in one statement.
///
/// # Errors
/// When the server is away; the caller keeps the batch and tries again.
pub async fn finish_linked(
    connection: &mut FleetConnection,
    batch: &[Finish],
) -> DbResult<Followed> {
    let rows: Vec<FollowRow> = FinishLinked::of(batch).load(&mut **connection).await?;
    Ok(Followed::of(&rows))
}

/// An outcome as the columns of the statement.
struct End<'a> {
    outcome: &'static str,
    delay_ms: i64,
    result: Option<&'a Value>,
    fault: Option<&'a JobFault>,
}

impl<'a> End<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        let milliseconds = |wait: &Duration| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let end = Self {
            outcome: "cancelled",
            delay_ms: 0,
            result: None,
            fault: None,
        };
        match outcome {
            Outcome::Succeeded(result) => Self {
                outcome: "succeeded",
                result: Some(result),
                ..end
            },
            Outcome::Retry { after, error } => Self {
                outcome: "retry",
                delay_ms: milliseconds(after),
                fault: Some(error),
                ..end
            },
            Outcome::Dead { error } => Self {
                outcome: "dead",
                fault: Some(error),
                ..end
            },
            Outcome::Cancelled => end,
            Outcome::Released { after, error } => Self {
                outcome: "release",
                delay_ms: milliseconds(after),
                fault: error.as_ref(),
                ..end
            },
        }
    }
}

/// Makes any text storable: PostgreSQL has no NUL in text, and an error needs no more than 4,000 characters.
fn clean(text: &str) -> String {
    text.chars()
        .filter(|character| *character != '\0')
        .take(4_000)
        .collect()
}
