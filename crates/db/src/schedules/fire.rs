use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use suite_core::{
    Error,
    cron::{due_ticks, next_tick_after},
    id::AccountId,
    job::{JobRef, JobTerms},
    schedule::CatchUp,
};
use uuid::Uuid;

use super::{
    read_timetable,
    tick::{Tick, fire, fired_since, known, tick_job},
};
use crate::{AccountTx, DbResult, statement::statement};

/// A tick that is later than this was missed: of a schedule that does not catch up it does not fire.
const ON_TIME: TimeDelta = TimeDelta::seconds(60);

/// What came of a tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// Whose schedule.
    pub account_id: AccountId,
    /// Its name.
    pub schedule: String,
    /// Which tick.
    pub tick_at: DateTime<Utc>,
    /// Its job; none when it was missed and its schedule does not catch up.
    pub job: Option<JobRef>,
    /// Whether the job is new, and to be handed out after the commit.
    pub is_new: bool,
    /// How many ticks before it nobody fired.
    pub skipped: u32,
    /// How late it was, by the database's clock.
    pub late: Duration,
}

statement! {
    // Somebody who fires it at the moment is not waited for.
    struct LockDue {
        account_id: SqlUuid => Uuid,
        name: Text => String,
    }
    "SELECT name, expression, timezone, catch_up, kind, args, unique_key, next_at, paused_at FROM schedules
      WHERE account_id = $1 AND name = $2 AND retired_at IS NULL AND paused_at IS NULL
        AND next_at <= clock_timestamp()
        FOR UPDATE SKIP LOCKED"
}

statement! {
    struct LockAny {
        account_id: SqlUuid => Uuid,
        name: Text => String,
    }
    "SELECT name, expression, timezone, catch_up, kind, args, unique_key, next_at, paused_at FROM schedules
      WHERE account_id = $1 AND name = $2 AND retired_at IS NULL
        FOR UPDATE"
}

#[derive(QueryableByName)]
pub(super) struct Locked {
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text)]
    expression: String,
    #[diesel(sql_type = Text)]
    timezone: String,
    #[diesel(sql_type = Text)]
    catch_up: String,
    #[diesel(sql_type = Text)]
    pub(super) kind: String,
    #[diesel(sql_type = Jsonb)]
    pub(super) args: Value,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) unique_key: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    next_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    paused_at: Option<DateTime<Utc>>,
}

/// Fires a schedule whose time has come: the latest of its due ticks, for all of them. Returns nothing when it is not due
/// (any more), or somebody else is about it.
///
/// The tick, its job and the next time are written in this transaction, which holds the schedule: so each tick fires once,
/// whoever else tries.
///
/// # Errors
/// When this program knows no such kind of job or cannot read the schedule; or the server is away.
pub async fn fire_due(
    tx: &mut AccountTx,
    name: &str,
    kinds: &[JobTerms],
) -> DbResult<Option<Fired>> {
    let lock = LockDue {
        account_id: tx.account_id().as_uuid(),
        name: name.to_owned(),
    };
    let rows: Vec<Locked> = lock.load(&mut **tx).await?;
    let Some(row) = rows.into_iter().next() else {
        return Ok(None);
    };
    let now = super::now(tx).await?;
    settle(tx, &row, kinds, now).await
}

/// Fires a schedule because an outside cron service calls, once a minute at most.
///
/// Whatever has fired within the present minute, in whatever way, is what the call gets: its job, and no second one. A
/// tick that is due is fired; else the present minute is the tick.
///
/// # Errors
/// Not found; conflict when it is paused; or as [`fire_due`].
pub async fn call(tx: &mut AccountTx, name: &str, kinds: &[JobTerms]) -> DbResult<Fired> {
    let row = lock_any(tx, name).await?;
    if row.paused_at.is_some() {
        let reason = "the schedule is paused".to_owned();
        return Err(Error::Conflict { reason }.into());
    }
    let now = super::now(tx).await?;
    let minute = now.trunc_subsecs(0) - TimeDelta::seconds(now.timestamp().rem_euclid(60));
    if let Some(fired) = fired_since(tx, &row, kinds, minute).await? {
        return Ok(fired);
    }
    if let Some(fired) = settle(tx, &row, kinds, now).await?
        && fired.job.is_some()
    {
        return Ok(fired);
    }
    fire(tx, &row, kinds, Tick::at(minute, "call", now)).await
}

/// Fires a schedule now because the operator wants it, paused or not. Its next tick stays as it is.
///
/// # Errors
/// Not found, or as [`fire_due`].
pub async fn run_now(tx: &mut AccountTx, name: &str, kinds: &[JobTerms]) -> DbResult<Fired> {
    let row = lock_any(tx, name).await?;
    let now = super::now(tx).await?;
    fire(tx, &row, kinds, Tick::at(now, "operator", now)).await
}

async fn lock_any(tx: &mut AccountTx, name: &str) -> DbResult<Locked> {
    let lock = LockAny {
        account_id: tx.account_id().as_uuid(),
        name: name.to_owned(),
    };
    let rows: Vec<Locked> = lock.load(&mut **tx).await?;
    let row = rows.into_iter().next();
    Ok(row.ok_or(Error::NotFound { what: "schedule" })?)
}

/// Fires what is due of a schedule that is held, and writes its next time.
async fn settle(
    tx: &mut AccountTx,
    row: &Locked,
    kinds: &[JobTerms],
    now: DateTime<Utc>,
) -> DbResult<Option<Fired>> {
    let Some(first) = row.next_at.filter(|at| *at <= now) else {
        return Ok(None);
    };
    let (expression, zone) = read_timetable(&row.expression, &row.timezone)?;
    let due = due_ticks(&expression, zone, first, now);
    let catches_up = row.catch_up.parse::<CatchUp>()? == CatchUp::Once;
    let tick = Tick {
        skipped: due.earlier,
        fires: catches_up || now - due.latest < ON_TIME,
        ..Tick::at(due.latest, "time", now)
    };
    let fired = match tick_job(tx, row, due.latest).await? {
        // An outside cron service was faster than the clock.
        Some(job_id) => known(tx, row, kinds, &tick, Some(job_id))?,
        None => fire(tx, row, kinds, tick).await?,
    };
    let advance = Advance {
        account_id: tx.account_id().as_uuid(),
        name: row.name.clone(),
        next_at: next_tick_after(&expression, zone, now),
    };
    advance.execute(&mut **tx).await?;
    Ok(Some(fired))
}

statement! {
    struct Advance {
        account_id: SqlUuid => Uuid,
        name: Text => String,
        next_at: Nullable<Timestamptz> => Option<DateTime<Utc>>,
    }
    "UPDATE schedules SET next_at = $3 WHERE account_id = $1 AND name = $2"
}
