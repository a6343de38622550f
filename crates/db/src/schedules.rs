//! Schedules and their ticks. Who may call what:
//!
//! - a worker at its start: [`reconcile`]; business code for schedules of an account: [`put`], [`remove`];
//! - the job layer: [`next_due`], [`due`], [`fire_due`];
//! - an outside cron service, by the API: [`call`]; the operator: [`run_now`], [`pause`], [`resume`], [`list`].
//!
//! The fleet's own schedules are those of [`AccountId::OPERATOR`](suite_core::id::AccountId::OPERATOR).

mod due;
mod fire;
mod list;
mod put;
mod steer;
mod tick;

pub use due::{DueSchedule, due, next_due};
pub use fire::{Fired, call, fire_due, run_now};
pub use list::{ScheduleRow, list};
pub use put::{put, reconcile, remove};
pub use steer::{pause, resume};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::{QueryableByName, sql_types::Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use suite_core::{Error, cron::CronExpression};

use crate::{DbResult, statement::statement};

statement! {
    struct Now {}
    "SELECT clock_timestamp() AS now"
}

#[derive(QueryableByName)]
struct NowRow {
    #[diesel(sql_type = Timestamptz)]
    now: DateTime<Utc>,
}

/// Returns what time it is by the database's clock.
async fn now(connection: &mut AsyncPgConnection) -> DbResult<DateTime<Utc>> {
    let row: NowRow = Now {}.get_result(connection).await?;
    Ok(row.now)
}

/// Reads what a row says about when it fires; a newer program may have written what this one cannot read.
fn read_timetable(expression: &str, timezone: &str) -> DbResult<(CronExpression, Tz)> {
    let zone: Tz = timezone
        .parse()
        .map_err(|_| Error::internal(format!("the time zone {timezone} is unknown here")))?;
    Ok((expression.parse()?, zone))
}
