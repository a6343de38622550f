//! Jobs of all accounts, listed, searched and deleted. Cancelling and retrying belongs to [`crate::jobs`].

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
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
    /// With this text in the error or its causes, in any case.
    pub search: Option<String>,
    /// Only jobs written before this one.
    pub before: Option<JobId>,
}

// A job is found without its account by asking each account's part of the primary key in turn: the key begins with the
// account, and an index on the id alone would cost every insert. The accounts come from the key itself, hopping from one to
// the next, so that jobs of an erased account are seen too.
const OWNERS: &str = "WITH RECURSIVE owners AS (
    (SELECT account_id FROM jobs ORDER BY account_id LIMIT 1)
    UNION ALL
    SELECT (SELECT j.account_id FROM jobs j WHERE j.account_id > o.account_id ORDER BY j.account_id LIMIT 1)
      FROM owners o WHERE o.account_id IS NOT NULL
)";

const COLUMNS: &str = "j.account_id, j.id, j.kind, j.queue, j.state, j.priority, j.args, j.attempt, j.max_attempts,
    j.crashes, j.timeout_ms, j.run_at, j.dispatched_at, j.worker_id, j.unique_key, j.cancel_requested_at, j.progress,
    j.result, j.error, j.error_detail, j.revision, j.created_at, j.started_at, j.finished_at";

// Ids sort by the time of the program that made them, created_at is the database's: a day between the two is more than
// clocks differ, and lets the index end the search.
const CONDITIONS: &str = "($1 IS NULL OR j.account_id = $1)
    AND ($2 IS NULL OR j.state = ANY ($2))
    AND ($3 IS NULL OR j.queue = $3)
    AND ($4 IS NULL OR j.kind = $4)
    AND ($5 IS NULL OR (j.created_at >= $5 AND j.id >= $6))
    AND ($7 IS NULL OR (j.error IS NOT NULL AND concat(j.error, ' ', j.error_detail) ILIKE $7))
    AND ($8 IS NULL OR j.id < $8)";

// Jobs that are not over are found by the small indexes that the job layer keeps for itself.
const LIVE: &str = "(
    SELECT * FROM jobs WHERE state IN ('queued', 'retrying') AND dispatched_at IS NOT NULL
    UNION ALL
    SELECT * FROM jobs WHERE state IN ('queued', 'scheduled', 'retrying') AND dispatched_at IS NULL
    UNION ALL
    SELECT * FROM jobs WHERE state = 'running'
)";

/// Where the planner cannot see by itself which index answers, the statement is written for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    /// All states: account by account along the primary key.
    ByAccount,
    /// What failed for good: the same along the index of failures, since a dead job always says why.
    Failed,
    /// What is not over.
    Live,
}

impl Path {
    fn of(filter: &JobFilter) -> Self {
        let all = |test: fn(&JobState) -> bool| {
            !filter.states.is_empty() && filter.states.iter().all(test)
        };
        if all(|state| *state == JobState::Dead) {
            Self::Failed
        } else if all(|state| !state.is_final()) {
            Self::Live
        } else {
            Self::ByAccount
        }
    }

    fn list(self) -> String {
        let page = "ORDER BY j.id DESC LIMIT $9";
        match self {
            Self::Live => {
                format!("SELECT {COLUMNS} FROM {LIVE} j WHERE {CONDITIONS} {page}")
            }
            Self::ByAccount | Self::Failed => format!(
                "{OWNERS}
                 SELECT j.* FROM owners o CROSS JOIN LATERAL (
                     SELECT {COLUMNS} FROM jobs j
                      WHERE j.account_id = o.account_id AND {CONDITIONS} {} {page}
                 ) j {page}",
                self.hint()
            ),
        }
    }

    fn count(self) -> String {
        match self {
            Self::Live => format!("SELECT count(*) AS count FROM {LIVE} j WHERE {CONDITIONS}"),
            Self::ByAccount | Self::Failed => {
                format!(
                    "SELECT count(*) AS count FROM jobs j WHERE {CONDITIONS} {}",
                    self.hint()
                )
            }
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Failed => "AND j.error IS NOT NULL",
            Self::ByAccount | Self::Live => "",
        }
    }
}

macro_rules! bind_filter {
    ($query:expr, $filter:expr) => {{
        let filter: &JobFilter = $filter;
        let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
        $query
            .bind::<Nullable<SqlUuid>, _>(filter.account_id.map(AccountId::as_uuid))
            .bind::<Nullable<Array<Text>>, _>(Some(states).filter(|states| !states.is_empty()))
            .bind::<Nullable<Text>, _>(filter.queue.map(Queue::name))
            .bind::<Nullable<Text>, _>(filter.kind.clone())
            .bind::<Nullable<Timestamptz>, _>(filter.since)
            .bind::<Nullable<SqlUuid>, _>(filter.since.map(first_id_around))
            .bind::<Nullable<Text>, _>(filter.search.as_deref().map(super::contains_pattern))
            .bind::<Nullable<SqlUuid>, _>(filter.before.map(JobId::as_uuid))
    }};
}

/// Lists jobs of all accounts, the newest first.
///
/// # Errors
/// When the server is away.
pub async fn list(tx: &mut FleetTx, filter: &JobFilter, limit: i32) -> DbResult<Vec<JobRow>> {
    Ok(bind_filter!(sql_query(Path::of(filter).list()), filter)
        .bind::<Integer, _>(limit)
        .load(&mut **tx)
        .await?)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Counts the jobs that [`list`] would list without a limit.
///
/// # Errors
/// When the server is away.
pub async fn count(tx: &mut FleetTx, filter: &JobFilter) -> DbResult<i64> {
    let row: Count = bind_filter!(sql_query(Path::of(filter).count()), filter)
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
    Ok(sql_query(format!(
        "{OWNERS}
         SELECT {COLUMNS} FROM owners o
           JOIN jobs j ON j.account_id = o.account_id AND j.id = ANY ($1)
          ORDER BY j.id DESC"
    ))
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

/// Returns the smallest UUIDv7 of the day before `at`.
fn first_id_around(at: DateTime<Utc>) -> Uuid {
    const DAY_MS: i64 = 86_400_000;
    let milliseconds = u64::try_from(at.timestamp_millis().saturating_sub(DAY_MS)).unwrap_or(0);
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_since_a_time_lie_above_its_first_id() {
        let id = Uuid::now_v7();
        let (seconds, nanoseconds) = id.get_timestamp().unwrap().to_unix();
        let made = DateTime::from_timestamp(seconds.cast_signed(), nanoseconds).unwrap();
        assert!(id > first_id_around(made));
        assert!(id < first_id_around(made + chrono::TimeDelta::days(2)));
    }
}
