use diesel::{
    QueryableByName,
    sql_types::{BigInt, Bool, SmallInt},
};
use diesel_async::RunQueryDsl;
use suite_core::job::{CRASHES_TO_BURY, JobRef};

use crate::{
    DbResult, FleetConnection,
    jobs::{RefRow, follow::follow},
    statement::statement,
};

statement! {
    // Locked rows are skipped: their owner is writing with its fence held, so it lives.
    struct Recover {
        crashes_to_bury: SmallInt => i16,
        limit: BigInt => i64,
    }
    concat!("WITH ended AS (
     UPDATE jobs j
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
     RETURNING j.account_id, j.id, j.queue, j.priority, j.state, j.batch_id, j.next_job)",
     follow!(),
    "SELECT account_id, id, queue, priority, state = 'queued' AS runs_again, false AS is_new FROM ended
      UNION ALL
     SELECT account_id, id, queue, priority, true, true FROM started WHERE state = 'queued'")
}

#[derive(QueryableByName)]
struct RecoveredRow {
    #[diesel(embed)]
    job: RefRow,
    #[diesel(sql_type = Bool)]
    runs_again: bool,
    #[diesel(sql_type = Bool)]
    is_new: bool,
}

/// A job that was taken from a dead worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovered {
    /// Which job.
    pub job: JobRef,
    /// Whether it waits again; otherwise it is buried or cancelled.
    pub runs_again: bool,
    /// Whether it was written just now, as the callback of a batch whose last job was buried.
    pub is_new: bool,
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
            is_new: row.is_new,
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
