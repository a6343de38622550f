use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::job::JobRef;
use uuid::Uuid;

use crate::{DbResult, FleetConnection, jobs::RefRow, statement::statement};

/// Where a walk over the waiting jobs has come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaitingCursor {
    /// When the last job seen was handed out.
    pub dispatched_at: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

statement! {
    // The youngest are left out: their ids may still be on the way to Redis, or from there to a claim.
    struct Waiting {
        after: Timestamptz => DateTime<Utc>,
        after_id: SqlUuid => Uuid,
        not_before_ms: BigInt => i64,
        settled_ms: BigInt => i64,
        known_kinds: Array<Text> => Vec<&'static str>,
        limit: BigInt => i64,
    }
    "SELECT account_id, id, queue, priority, dispatched_at FROM jobs
      WHERE state IN ('queued', 'retrying') AND dispatched_at IS NOT NULL
        AND (dispatched_at, id) > ($1, $2)
        AND dispatched_at > now() - $3 * interval '1 millisecond'
        AND dispatched_at < now() - $4 * interval '1 millisecond'
        AND kind = ANY ($5)
      ORDER BY dispatched_at, id LIMIT $6"
}

#[derive(QueryableByName)]
struct WaitingRow {
    #[diesel(embed)]
    job: RefRow,
    #[diesel(sql_type = Timestamptz)]
    dispatched_at: DateTime<Utc>,
}

/// Which waiting jobs to look at.
#[derive(Debug, Clone, Copy)]
pub struct WaitingWindow {
    /// Handed out no longer ago than this.
    pub at_most: Duration,
    /// And at least this long ago.
    pub at_least: Duration,
}

/// Lists one page of jobs that were handed out and not claimed yet, with the cursor of the next page.
///
/// # Errors
/// When the server is away.
pub async fn waiting(
    connection: &mut FleetConnection,
    window: WaitingWindow,
    known_kinds: &[&'static str],
    cursor: Option<WaitingCursor>,
    limit: i64,
) -> DbResult<(Vec<JobRef>, Option<WaitingCursor>)> {
    let start = WaitingCursor {
        dispatched_at: DateTime::UNIX_EPOCH,
        id: Uuid::nil(),
    };
    let cursor = cursor.unwrap_or(start);
    let milliseconds = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    let query = Waiting {
        after: cursor.dispatched_at,
        after_id: cursor.id,
        not_before_ms: milliseconds(window.at_most),
        settled_ms: milliseconds(window.at_least),
        known_kinds: known_kinds.to_vec(),
        limit,
    };
    let rows: Vec<WaitingRow> = query.load(&mut **connection).await?;
    let full_page = i64::try_from(rows.len()).unwrap_or(i64::MAX) == limit;
    let next = rows.last().filter(|_| full_page).map(|row| WaitingCursor {
        dispatched_at: row.dispatched_at,
        id: row.job.id,
    });
    Ok((rows.iter().filter_map(|row| row.job.job()).collect(), next))
}

statement! {
    struct StillWaiting {
        account_ids: Array<SqlUuid> => Vec<Uuid>,
        ids: Array<SqlUuid> => Vec<Uuid>,
    }
    "SELECT j.account_id, j.id, j.queue, j.priority FROM jobs j
       JOIN unnest($1, $2) AS n (account_id, id) ON j.account_id = n.account_id AND j.id = n.id
      WHERE j.state IN ('queued', 'retrying') AND j.dispatched_at IS NOT NULL"
}

/// Returns those of the jobs that still wait: a job missing in Redis may just have been claimed.
///
/// # Errors
/// When the server is away.
pub async fn still_waiting(
    connection: &mut FleetConnection,
    jobs: &[(Uuid, Uuid)],
) -> DbResult<Vec<JobRef>> {
    let (account_ids, ids) = jobs.iter().copied().unzip();
    let rows: Vec<RefRow> = StillWaiting { account_ids, ids }
        .load(&mut **connection)
        .await?;
    Ok(rows.iter().filter_map(RefRow::job).collect())
}
