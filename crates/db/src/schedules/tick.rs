use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{
    Error,
    id::JobId,
    job::{JobRef, JobTerms, NewJob},
};
use uuid::Uuid;

use super::fire::{Fired, Locked};
use crate::{
    AccountTx, DbError, DbResult,
    jobs::{Enqueued, enqueue},
    statement::statement,
};

/// A tick that is about to be written.
pub(super) struct Tick {
    pub(super) at: DateTime<Utc>,
    pub(super) cause: &'static str,
    pub(super) now: DateTime<Utc>,
    pub(super) skipped: u32,
    pub(super) fires: bool,
}

impl Tick {
    pub(super) fn at(at: DateTime<Utc>, cause: &'static str, now: DateTime<Utc>) -> Self {
        Self {
            at,
            cause,
            now,
            skipped: 0,
            fires: true,
        }
    }
}

/// Writes a tick with its job.
pub(super) async fn fire(
    tx: &mut AccountTx,
    row: &Locked,
    kinds: &[JobTerms],
    tick: Tick,
) -> DbResult<Fired> {
    let mut fired = known(tx, row, kinds, &tick, None)?;
    if tick.fires {
        let job = NewJob {
            account_id: tx.account_id(),
            id: JobId::new(),
            terms: terms(row, kinds)?,
            args: row.args.clone(),
            unique_key: row.unique_key.clone(),
            run_at: None,
            traceparent: None,
            service: None,
            batch_id: None,
            next: None,
        };
        let Enqueued { job, is_new } = enqueue(tx, job).await?;
        (fired.job, fired.is_new) = (Some(job), is_new);
    }
    let written = WriteTick {
        account_id: tx.account_id().as_uuid(),
        name: row.name.clone(),
        tick_at: tick.at,
        job_id: fired.job.map(|job| job.id.as_uuid()),
        skipped: i32::try_from(tick.skipped).unwrap_or(i32::MAX),
        cause: tick.cause,
    };
    written.execute(&mut **tx).await?;
    Ok(fired)
}

/// Describes a tick whose job, if it has one, was written before.
pub(super) fn known(
    tx: &AccountTx,
    row: &Locked,
    kinds: &[JobTerms],
    tick: &Tick,
    job_id: Option<Uuid>,
) -> DbResult<Fired> {
    let terms = terms(row, kinds)?;
    Ok(Fired {
        account_id: tx.account_id(),
        schedule: row.name.clone(),
        tick_at: tick.at,
        job: job_id.map(|id| JobRef {
            account_id: tx.account_id(),
            id: id.into(),
            queue: terms.queue,
            priority: terms.priority,
        }),
        is_new: false,
        skipped: tick.skipped,
        late: (tick.now - tick.at).to_std().unwrap_or_default(),
    })
}

fn terms(row: &Locked, kinds: &[JobTerms]) -> DbResult<JobTerms> {
    let terms = kinds.iter().find(|terms| terms.name == row.kind);
    terms.copied().ok_or_else(|| {
        let reason = format!("this program does not know the kind {}", row.kind);
        DbError::from(Error::Conflict { reason })
    })
}

statement! {
    struct TickJob {
        account_id: SqlUuid => Uuid,
        name: Text => String,
        tick_at: Timestamptz => DateTime<Utc>,
    }
    "SELECT tick_at, job_id FROM schedule_ticks
      WHERE account_id = $1 AND schedule = $2 AND tick_at = $3 AND job_id IS NOT NULL"
}

statement! {
    struct FiredSince {
        account_id: SqlUuid => Uuid,
        name: Text => String,
        since: Timestamptz => DateTime<Utc>,
    }
    "SELECT tick_at, job_id FROM schedule_ticks
      WHERE account_id = $1 AND schedule = $2 AND job_id IS NOT NULL AND (tick_at >= $3 OR fired_at >= $3)
      ORDER BY fired_at DESC LIMIT 1"
}

#[derive(QueryableByName)]
struct TickRow {
    #[diesel(sql_type = Timestamptz)]
    tick_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    job_id: Uuid,
}

/// Finds the job of a tick that has fired.
pub(super) async fn tick_job(
    tx: &mut AccountTx,
    row: &Locked,
    tick_at: DateTime<Utc>,
) -> DbResult<Option<Uuid>> {
    let find = TickJob {
        account_id: tx.account_id().as_uuid(),
        name: row.name.clone(),
        tick_at,
    };
    let rows: Vec<TickRow> = find.load(&mut **tx).await?;
    Ok(rows.into_iter().next().map(|row| row.job_id))
}

/// Finds the last tick that has fired, or whose time was, since a moment.
pub(super) async fn fired_since(
    tx: &mut AccountTx,
    row: &Locked,
    kinds: &[JobTerms],
    since: DateTime<Utc>,
) -> DbResult<Option<Fired>> {
    let find = FiredSince {
        account_id: tx.account_id().as_uuid(),
        name: row.name.clone(),
        since,
    };
    let rows: Vec<TickRow> = find.load(&mut **tx).await?;
    let Some(found) = rows.into_iter().next() else {
        return Ok(None);
    };
    let tick = Tick::at(found.tick_at, "call", found.tick_at);
    known(tx, row, kinds, &tick, Some(found.job_id)).map(Some)
}

statement! {
    // The unique key is the second wall: whoever holds the schedule has looked for the tick before.
    struct WriteTick {
        account_id: SqlUuid => Uuid,
        name: Text => String,
        tick_at: Timestamptz => DateTime<Utc>,
        job_id: Nullable<SqlUuid> => Option<Uuid>,
        skipped: Integer => i32,
        cause: Text => &'static str,
    }
    "WITH tick AS (
         INSERT INTO schedule_ticks (account_id, schedule, tick_at, job_id, skipped, cause)
         VALUES ($1, $2, $3, $4, $5, $6))
     UPDATE schedules SET last_tick_at = $3, last_job_id = $4
      WHERE account_id = $1 AND name = $2 AND $4 IS NOT NULL"
}
