//! The statements of the keeper: it hands out what is due, finds what was lost, and takes jobs from dead workers.
//!
//! Each runs as a transaction of its own, so that `now()` is its start; an index cannot be searched by `clock_timestamp()`.

mod recover;
mod waiting;

pub use recover::{Recovered, forget_dead_workers, recover};
pub use waiting::{WaitingCursor, WaitingWindow, still_waiting, waiting};

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
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
                AND parked_on IS NULL AND run_at <= now()
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
    "SELECT min(run_at) AS at, clock_timestamp() AS now FROM jobs
      WHERE state IN ('queued', 'scheduled', 'retrying') AND dispatched_at IS NULL AND parked_on IS NULL"
}

/// When the next delayed job is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct NextDueJob {
    /// Its time; none when no job is delayed.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub at: Option<DateTime<Utc>>,
    /// What time it is, by the clock that decides.
    #[diesel(sql_type = Timestamptz)]
    pub now: DateTime<Utc>,
}

/// Returns when the next delayed job is due, by the database's clock.
///
/// # Errors
/// When the server is away.
pub async fn next_due(connection: &mut FleetConnection) -> DbResult<NextDueJob> {
    Ok(NextDue {}.get_result(&mut **connection).await?)
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

statement! {
    // The wait is random: an even one fell into step with the time for which idle workers block, and the same worker got the
    // id again and again.
    struct Defer {
        account_ids: Array<SqlUuid> => Vec<Uuid>,
        ids: Array<SqlUuid> => Vec<Uuid>,
        known_kinds: Array<Text> => Vec<&'static str>,
        alone_from: SmallInt => i16,
    }
    "UPDATE jobs j
        SET dispatched_at = NULL, parked_on = NULL, run_at = clock_timestamp() + (0.5 + 2 * random()) * interval '1 second'
       FROM unnest($1, $2) AS n (account_id, id)
      WHERE j.account_id = n.account_id AND j.id = n.id AND j.state IN ('queued', 'retrying')
        AND (NOT j.kind = ANY ($3) OR j.crashes >= $4)"
}

/// Puts off what a worker may not take: kinds that it does not know, so that a newer one gets its chance at them, and
/// suspects while it runs another one.
///
/// # Errors
/// When the server is away.
pub async fn defer(
    connection: &mut FleetConnection,
    popped: &[(Uuid, Uuid)],
    known_kinds: &[&'static str],
) -> DbResult<usize> {
    let (account_ids, ids) = popped.iter().copied().unzip();
    let statement = Defer {
        account_ids,
        ids,
        known_kinds: known_kinds.to_vec(),
        alone_from: CRASHES_TO_BURY - 1,
    };
    Ok(statement.execute(&mut **connection).await?)
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
