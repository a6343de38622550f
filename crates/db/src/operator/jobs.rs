//! Jobs of all accounts, listed, searched and deleted. Cancelling and retrying belongs to [`crate::jobs`].

mod shape;

use shape::Shape;
pub(super) use shape::{GROUPS, OF_GROUP};

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{
        Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
    },
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::Value;
use suite_core::{
    id::{AccountId, JobId},
    job::{JobState, Queue},
};
use uuid::Uuid;

use crate::{DbResult, FleetTx};

/// A job with everything that is known of it.
#[derive(Debug, Clone, QueryableByName, Serialize)]
pub struct JobRow {
    /// Whose job it is; the nil UUID for the operator's own.
    #[diesel(sql_type = SqlUuid)]
    pub account_id: Uuid,
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// What kind of work it is.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Where it waits.
    #[diesel(sql_type = Text)]
    pub queue: String,
    /// How far it is.
    #[diesel(sql_type = Text)]
    pub state: String,
    /// 0 high, 1 normal, 2 low.
    #[diesel(sql_type = SmallInt)]
    pub priority: i16,
    /// Its arguments: ids, never data.
    #[diesel(sql_type = Jsonb)]
    pub args: Value,
    /// How often it was started.
    #[diesel(sql_type = SmallInt)]
    pub attempt: i16,
    /// How often it is started at most.
    #[diesel(sql_type = SmallInt)]
    pub max_attempts: i16,
    /// How often a worker died with it.
    #[diesel(sql_type = SmallInt)]
    pub crashes: i16,
    /// How long one attempt may take.
    #[diesel(sql_type = Integer)]
    pub timeout_ms: i32,
    /// Not before this time.
    #[diesel(sql_type = Timestamptz)]
    pub run_at: DateTime<Utc>,
    /// When its id was last meant for Redis.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub dispatched_at: Option<DateTime<Utc>>,
    /// Who has or had it.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub worker_id: Option<Uuid>,
    /// What makes it the same as another live one.
    #[diesel(sql_type = Nullable<Text>)]
    pub unique_key: Option<String>,
    /// When somebody asked to call it off.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub cancel_requested_at: Option<DateTime<Utc>>,
    /// What it said of its progress.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub progress: Option<Value>,
    /// What it made.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub result: Option<Value>,
    /// Why its last attempt failed, as its merchant is told.
    #[diesel(sql_type = Nullable<Text>)]
    pub error: Option<String>,
    /// The same with its causes, for the operator.
    #[diesel(sql_type = Nullable<Text>)]
    pub error_detail: Option<String>,
    /// Raised by each change that a watcher should see.
    #[diesel(sql_type = Integer)]
    pub revision: i32,
    /// When it was written.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When its last attempt began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub finished_at: Option<DateTime<Utc>>,
    /// The trace of the request that asked for it.
    #[diesel(sql_type = Nullable<Text>)]
    pub traceparent: Option<String>,
}

impl JobRow {
    /// Returns why the last attempt failed, as fully as it is known.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.error_detail.as_deref().or(self.error.as_deref())
    }
}

/// Which jobs are meant. Nothing set means all.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// In one of these states.
    pub states: Vec<JobState>,
    /// In this queue.
    pub queue: Option<Queue>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Of this account.
    pub account_id: Option<AccountId>,
    /// Written at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Written before this time.
    pub until: Option<DateTime<Utc>>,
    /// With this text in the error or its causes, in any case.
    pub search: Option<String>,
    /// Only jobs written before this one.
    pub before: Option<JobId>,
}

/// Jobs that were found, the newest first.
#[derive(Debug, Clone)]
pub struct Found {
    /// The jobs.
    pub rows: Vec<JobRow>,
    /// Where a search for a text stopped although there may be more: go on before this job.
    pub searched_to: Option<JobId>,
}

/// How many jobs that failed one search for a text looks into: no index can tell what their errors say, as row-level
/// security keeps functions that are not leakproof from being answered by one.
pub const SEARCH_WINDOW: i64 = 10_000;

/// An account with fewer jobs is read whole; for a larger one the index of what is over is asked.
const SMALL_ACCOUNT: i64 = 5_000;

const COLUMNS: &str = "j.account_id, j.id, j.kind, j.queue, j.state, j.priority, j.args, j.attempt, j.max_attempts,
    j.crashes, j.timeout_ms, j.run_at, j.dispatched_at, j.worker_id, j.unique_key, j.cancel_requested_at, j.progress,
    j.result, j.error, j.error_detail, j.revision, j.created_at, j.started_at, j.finished_at, j.traceparent";

/// The ids between which the jobs of a filter lie.
struct Bounds {
    from: Option<Uuid>,
    below: Option<Uuid>,
}

impl Bounds {
    /// Ids sort by the time of the program that made them, `created_at` is the database's: [`LEEWAY_MS`] lies between them.
    fn of(filter: &JobFilter, searched_to: Option<Uuid>) -> Self {
        let since = filter.since.map(|at| first_id(at, -LEEWAY_MS));
        let until = filter.until.map(|at| first_id(at, LEEWAY_MS));
        Self {
            from: since.max(searched_to),
            below: [filter.before.map(JobId::as_uuid), until]
                .into_iter()
                .flatten()
                .min(),
        }
    }
}

macro_rules! bind_filter {
    ($query:expr, $filter:expr, $bounds:expr) => {{
        let filter: &JobFilter = $filter;
        let bounds: &Bounds = $bounds;
        let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
        $query
            .bind::<Nullable<SqlUuid>, _>(filter.account_id.map(AccountId::as_uuid))
            .bind::<Nullable<Array<Text>>, _>(Some(states).filter(|states| !states.is_empty()))
            .bind::<Nullable<Text>, _>(filter.queue.map(Queue::name))
            .bind::<Nullable<Text>, _>(filter.kind.clone())
            .bind::<Nullable<Timestamptz>, _>(filter.since)
            .bind::<Nullable<Timestamptz>, _>(filter.until)
            .bind::<Nullable<Text>, _>(filter.search.as_deref().map(super::contains_pattern))
            .bind::<Nullable<SqlUuid>, _>(bounds.from)
            .bind::<Nullable<SqlUuid>, _>(bounds.below)
    }};
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

/// Lists jobs of all accounts, the newest first.
///
/// # Errors
/// When the server is away.
pub async fn list(tx: &mut FleetTx, filter: &JobFilter, limit: i32) -> DbResult<Found> {
    let shape = shape_of(tx, filter).await?;
    let searched_to = window(tx, filter, shape).await?;
    let bounds = Bounds::of(filter, searched_to);
    let rows: Vec<JobRow> = bind_filter!(sql_query(shape.list()), filter, &bounds)
        .bind::<BigInt, _>(i64::from(limit))
        .load(&mut **tx)
        .await?;
    let is_full = i32::try_from(rows.len()).is_ok_and(|count| count >= limit);
    Ok(Found {
        rows,
        searched_to: searched_to.filter(|_| !is_full).map(JobId::from),
    })
}

/// Tells how the server finds what [`list`] lists: its plan, with what each step took.
///
/// # Errors
/// When the server is away.
pub async fn explain(tx: &mut FleetTx, filter: &JobFilter, limit: i32) -> DbResult<Vec<String>> {
    let shape = shape_of(tx, filter).await?;
    let bounds = Bounds::of(filter, window(tx, filter, shape).await?);
    let statement = format!("EXPLAIN (ANALYZE, BUFFERS) {}", shape.list());
    let lines: Vec<Line> = bind_filter!(sql_query(statement), filter, &bounds)
        .bind::<BigInt, _>(i64::from(limit))
        .load(&mut **tx)
        .await?;
    Ok(lines.into_iter().map(|line| line.text).collect())
}

async fn shape_of(tx: &mut FleetTx, filter: &JobFilter) -> DbResult<Shape> {
    let shape = Shape::of(filter);
    let Some(account_id) = filter.account_id.filter(|_| shape != Shape::Whole) else {
        return Ok(shape);
    };
    let row: Count = sql_query(
        "SELECT count(*) AS count FROM (SELECT FROM jobs WHERE account_id = $1 LIMIT $2) j",
    )
    .bind::<SqlUuid, _>(account_id.as_uuid())
    .bind::<BigInt, _>(SMALL_ACCOUNT)
    .get_result(&mut **tx)
    .await?;
    Ok(if row.count < SMALL_ACCOUNT {
        Shape::Whole
    } else {
        shape
    })
}

/// Returns the id of the last job that a search for a text looks into, if it does not look into all.
async fn window(tx: &mut FleetTx, filter: &JobFilter, shape: Shape) -> DbResult<Option<Uuid>> {
    let Some(statement) = shape.window().filter(|_| filter.search.is_some()) else {
        return Ok(None);
    };
    let bounds = Bounds::of(filter, None);
    let last: Option<Id> = bind_filter!(sql_query(statement), filter, &bounds)
        .bind::<BigInt, _>(SEARCH_WINDOW)
        .get_result(&mut **tx)
        .await
        .optional()?;
    Ok(last.map(|row| row.id))
}

/// Counts the jobs that [`list`] would list without a limit.
///
/// # Errors
/// When the server is away.
pub async fn count(tx: &mut FleetTx, filter: &JobFilter) -> DbResult<i64> {
    let bounds = Bounds::of(filter, None);
    let row: Count = bind_filter!(sql_query(Shape::of(filter).count()), filter, &bounds)
        .get_result(&mut **tx)
        .await?;
    Ok(row.count)
}

/// Finds jobs by their ids, whoever they belong to.
///
/// # Errors
/// When the server is away.
pub async fn find(tx: &mut FleetTx, ids: &[JobId]) -> DbResult<Vec<JobRow>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    Ok(sql_query(shape::find())
        .bind::<Array<SqlUuid>, _>(ids)
        .load(&mut **tx)
        .await?)
}

/// Deletes jobs of an account that are over, and tells how many: others are left alone.
///
/// # Errors
/// When the server is away.
pub async fn delete(tx: &mut FleetTx, account_id: AccountId, ids: &[JobId]) -> DbResult<usize> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    Ok(sql_query(
        "DELETE FROM jobs
          WHERE account_id = $1 AND id = ANY ($2) AND state IN ('succeeded', 'dead', 'cancelled')",
    )
    .bind::<SqlUuid, _>(account_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(ids)
    .execute(&mut **tx)
    .await?)
}

/// How far the clock of a program and that of the database may lie apart, with the time that a transaction takes.
const LEEWAY_MS: i64 = 600_000;

/// Returns the smallest UUIDv7 of the time `at`, moved by so many milliseconds.
fn first_id(at: DateTime<Utc>, by_ms: i64) -> Uuid {
    let milliseconds = at.timestamp_millis().saturating_add(by_ms);
    let milliseconds = u64::try_from(milliseconds).unwrap_or(0).min((1 << 48) - 1);
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_lies_within_the_bounds_of_its_time() {
        let id = Uuid::now_v7();
        let (seconds, nanoseconds) = id.get_timestamp().unwrap().to_unix();
        let made = DateTime::from_timestamp(seconds.cast_signed(), nanoseconds).unwrap();
        let filter = JobFilter {
            since: Some(made),
            until: Some(made),
            ..JobFilter::default()
        };
        let bounds = Bounds::of(&filter, None);
        assert!(bounds.from.unwrap() < id && id < bounds.below.unwrap());
        let hour = chrono::TimeDelta::hours(1);
        let later = JobFilter {
            since: Some(made + hour),
            until: Some(made - hour),
            ..JobFilter::default()
        };
        let bounds = Bounds::of(&later, None);
        assert!(bounds.from.unwrap() > id && id > bounds.below.unwrap());
    }

    #[test]
    fn the_nearest_bound_counts() {
        let before = JobId::new();
        let filter = JobFilter {
            before: Some(before),
            until: Some(DateTime::UNIX_EPOCH),
            since: Some(DateTime::UNIX_EPOCH),
            ..JobFilter::default()
        };
        let searched_to = JobId::new().as_uuid();
        let bounds = Bounds::of(&filter, Some(searched_to));
        assert!(bounds.below.unwrap() < before.as_uuid());
        assert_eq!(bounds.from, Some(searched_to));
    }
}
