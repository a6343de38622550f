//! The statements of the keeper: it hands out what is due, finds what was lost, and takes jobs from dead workers.
//!
//! Each runs as a transaction of its own, so that `now()` is its start; an index cannot be searched by `clock_timestamp()`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{
        Array, BigInt, Bool, Double, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
    },
};
use diesel_async::RunQueryDsl;
use suite_core::{
    id::WorkerId,
    job::{CRASHES_TO_BURY, JobRef},
};
use uuid::Uuid;

use super::{RefRow, keys};
use crate::{DbResult, FleetConnection, FleetTx, statement::statement};

statement! {
    struct TakeOver {
        worker_id: SqlUuid => Uuid,
        lease_ms: BigInt => i64,
    }
    "UPDATE keeper
        SET worker_id = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond'
      WHERE singleton AND (worker_id = $1 OR lease_until < now())"
}

/// Tries to be, or stay, the one keeper of the fleet; returns whether it is.
///
/// # Errors
/// When the server is away.
pub async fn take_over(
    connection: &mut FleetConnection,
    id: WorkerId,
    lease: Duration,
) -> DbResult<bool> {
    let lease_ms = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
    Ok(TakeOver {
        worker_id: id.as_uuid(),
        lease_ms,
    }
    .execute(&mut **connection)
    .await?
        == 1)
}

statement! {
    struct GiveUp {
        worker_id: SqlUuid => Uuid,
    }
    "UPDATE keeper SET lease_until = '-infinity' WHERE singleton AND worker_id = $1"
}

/// Lets another worker keep the house at once.
///
/// # Errors
/// When the server is away; then the lease simply ends.
pub async fn give_up(connection: &mut FleetConnection, id: WorkerId) -> DbResult<()> {
    GiveUp {
        worker_id: id.as_uuid(),
    }
    .execute(&mut **connection)
    .await?;
    Ok(())
}

statement! {
    struct HandOutDue {
        limit: BigInt => i64,
    }
    "UPDATE jobs j
        SET state = CASE WHEN j.state = 'scheduled' THEN 'queued' ELSE j.state END,
            dispatched_at = clock_timestamp(), revision = j.revision + 1
       FROM (SELECT account_id, id FROM jobs
              WHERE state IN ('queued', 'scheduled', 'retrying') AND dispatched_at IS NULL
                AND run_at <= now()
              ORDER BY run_at LIMIT $1 FOR UPDATE SKIP LOCKED) due
      WHERE j.account_id = due.account_id AND j.id = due.id
     RETURNING j.account_id, j.id, j.queue, j.priority"
}

/// Marks jobs whose time has come as handed out, and returns them to be pushed.
///
/// # Errors
/// When the server is away.
pub async fn hand_out_due(connection: &mut FleetConnection, limit: i64) -> DbResult<Vec<JobRef>> {
    let rows: Vec<RefRow> = HandOutDue { limit }.load(&mut **connection).await?;
    Ok(rows.iter().filter_map(RefRow::job).collect())
}

statement! {
    struct NextDue {}
    "SELECT extract(epoch FROM min(run_at) - clock_timestamp())::float8 AS seconds FROM jobs
      WHERE state IN ('queued', 'scheduled', 'retrying') AND dispatched_at IS NULL"
}

#[derive(QueryableByName)]
struct Seconds {
    #[diesel(sql_type = Nullable<Double>)]
    seconds: Option<f64>,
}

/// Returns how long it is until the next delayed job is due, by the database's clock.
///
/// # Errors
/// When the server is away.
pub async fn next_due(connection: &mut FleetConnection) -> DbResult<Option<Duration>> {
    let rows: Vec<Seconds> = NextDue {}.load(&mut **connection).await?;
    let seconds = rows.into_iter().next().and_then(|row| row.seconds);
    Ok(seconds
        .map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)))
}

statement! {
    struct PutBack {
        account_ids: Array<SqlUuid> => Vec<Uuid>,
        ids: Array<SqlUuid> => Vec<Uuid>,
    }
    "UPDATE jobs j SET dispatched_at = NULL
       FROM unnest($1, $2) AS n (account_id, id)
      WHERE j.account_id = n.account_id AND j.id = n.id AND j.state IN ('queued', 'retrying')"
}

/// Marks jobs as not handed out, since Redis would not take them: they are due at once.
///
/// # Errors
/// When the server is away; then the keeper finds them lost.
pub async fn put_back(tx: &mut FleetTx, jobs: &[JobRef]) -> DbResult<()> {
    let (account_ids, ids) = keys(jobs);
    PutBack { account_ids, ids }.execute(&mut **tx).await?;
    Ok(())
}

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

statement! {
    // The wait is random: an even one fell into step with the time for which idle workers block, and the same worker got the
    // id again and again.
    struct DeferUnknown {
        account_ids: Array<SqlUuid> => Vec<Uuid>,
        ids: Array<SqlUuid> => Vec<Uuid>,
        known_kinds: Array<Text> => Vec<&'static str>,
    }
    "UPDATE jobs j SET dispatched_at = NULL, run_at = clock_timestamp() + (0.5 + 2 * random()) * interval '1 second'
       FROM unnest($1, $2) AS n (account_id, id)
      WHERE j.account_id = n.account_id AND j.id = n.id AND j.state IN ('queued', 'retrying')
        AND NOT j.kind = ANY ($3)"
}

/// Puts off jobs of kinds that this program does not know, so that a newer worker gets its chance at them.
///
/// # Errors
/// When the server is away.
pub async fn defer_unknown(
    connection: &mut FleetConnection,
    popped: &[(Uuid, Uuid)],
    known_kinds: &[&'static str],
) -> DbResult<usize> {
    let (account_ids, ids) = popped.iter().copied().unzip();
    let statement = DeferUnknown {
        account_ids,
        ids,
        known_kinds: known_kinds.to_vec(),
    };
    Ok(statement.execute(&mut **connection).await?)
}

statement! {
    // Locked rows are skipped: their owner is writing with its fence held, so it lives.
    struct Recover {
        crashes_to_bury: SmallInt => i16,
        limit: BigInt => i64,
    }
    "UPDATE jobs j
        SET crashes = j.crashes + 1,
            state = CASE WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelled'
                         WHEN j.crashes + 1 >= $1 OR j.attempt >= j.max_attempts THEN 'dead'
                         ELSE 'queued' END,
            error = format('worker %s died with it (crash %s)', coalesce(v.name, j.worker_id::text), j.crashes + 1),
            finished_at = CASE WHEN j.cancel_requested_at IS NOT NULL OR j.crashes + 1 >= $1
                                    OR j.attempt >= j.max_attempts THEN clock_timestamp() END,
            run_at = clock_timestamp(), dispatched_at = clock_timestamp(), worker_id = NULL,
            revision = j.revision + 1
       FROM (SELECT r.account_id, r.id, w.name FROM jobs r LEFT JOIN workers w ON w.id = r.worker_id
              WHERE r.state = 'running' AND (w.id IS NULL OR w.lease_until < now())
              LIMIT $2 FOR UPDATE OF r SKIP LOCKED) v
      WHERE j.account_id = v.account_id AND j.id = v.id
     RETURNING j.account_id, j.id, j.queue, j.priority, j.state = 'queued' AS runs_again"
}

#[derive(QueryableByName)]
struct RecoveredRow {
    #[diesel(embed)]
    job: RefRow,
    #[diesel(sql_type = Bool)]
    runs_again: bool,
}

/// A job that was taken from a dead worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovered {
    /// Which job.
    pub job: JobRef,
    /// Whether it waits again; otherwise it is buried or cancelled.
    pub runs_again: bool,
}

/// Takes running jobs from workers whose lease has ended: they wait again, or are buried after too many crashes.
///
/// # Errors
/// When the server is away.
pub async fn recover(connection: &mut FleetConnection, limit: i64) -> DbResult<Vec<Recovered>> {
    let statement = Recover {
        crashes_to_bury: CRASHES_TO_BURY,
        limit,
    };
    let rows: Vec<RecoveredRow> = statement.load(&mut **connection).await?;
    let recovered = |row: &RecoveredRow| {
        Some(Recovered {
            job: row.job.job()?,
            runs_again: row.runs_again,
        })
    };
    Ok(rows.iter().filter_map(recovered).collect())
}

statement! {
    struct ForgetDead {}
    "DELETE FROM workers w WHERE w.lease_until < now()
        AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.worker_id = w.id AND j.state = 'running')"
}

/// Removes the rows of dead workers that own nothing any more; returns how many.
///
/// # Errors
/// When the server is away.
pub async fn forget_dead_workers(connection: &mut FleetConnection) -> DbResult<usize> {
    Ok(ForgetDead {}.execute(&mut **connection).await?)
}

statement! {
    struct DropOld {
        state: Text => &'static str,
        days: BigInt => i64,
        limit: BigInt => i64,
    }
    "DELETE FROM jobs j USING (
         SELECT account_id, id FROM jobs
          WHERE created_at < now() - $2 * interval '1 day' AND state = $1
            AND finished_at < now() - $2 * interval '1 day'
          LIMIT $3 FOR UPDATE SKIP LOCKED) old
      WHERE j.account_id = old.account_id AND j.id = old.id"
}

/// Removes one slice of jobs that ended in `state` more than `days` ago; returns how many.
///
/// # Errors
/// When the server is away.
pub async fn drop_old(
    connection: &mut FleetConnection,
    state: suite_core::job::JobState,
    days: u32,
    limit: i64,
) -> DbResult<usize> {
    let statement = DropOld {
        state: state.name(),
        days: i64::from(days),
        limit,
    };
    Ok(statement.execute(&mut **connection).await?)
}

statement! {
    struct Depths {}
    "SELECT queue, state, count(*) AS depth,
            coalesce(max(extract(epoch FROM clock_timestamp() - run_at))::float8, 0) AS oldest_seconds
       FROM jobs WHERE state IN ('queued', 'running', 'retrying', 'scheduled') GROUP BY queue, state"
}

/// How much of a queue is in one live state.
#[derive(Debug, Clone, QueryableByName, serde::Serialize)]
pub struct Depth {
    /// The queue.
    #[diesel(sql_type = Text)]
    pub queue: String,
    /// The state.
    #[diesel(sql_type = Text)]
    pub state: String,
    /// How many jobs.
    #[diesel(sql_type = BigInt)]
    pub depth: i64,
    /// How long the oldest of them has been due, in seconds; negative for what is not due yet.
    #[diesel(sql_type = Double)]
    pub oldest_seconds: f64,
}

/// Counts the live jobs by queue and state.
///
/// # Errors
/// When the server is away.
pub async fn depths(connection: &mut FleetConnection) -> DbResult<Vec<Depth>> {
    Ok(Depths {}.load(&mut **connection).await?)
}
