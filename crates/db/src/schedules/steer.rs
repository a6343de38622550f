use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{Error, cron::next_tick_after};

use super::read_timetable;
use crate::{AccountTx, DbResult, jobs::notify_due};

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Text)]
    expression: String,
    #[diesel(sql_type = Text)]
    timezone: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    paused_at: Option<DateTime<Utc>>,
}

async fn lock(tx: &mut AccountTx, name: &str) -> DbResult<Locked> {
    let row: Option<Locked> = sql_query(
        "SELECT expression, timezone, paused_at FROM schedules
          WHERE account_id = $1 AND name = $2 AND retired_at IS NULL FOR UPDATE",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Text, _>(name)
    .get_result(&mut **tx)
    .await
    .optional()?;
    Ok(row.ok_or(Error::NotFound { what: "schedule" })?)
}

/// Holds a schedule: no tick of it fires until it is resumed. Tells whether that changed anything.
///
/// # Errors
/// Not found, or the server is away.
pub async fn pause(tx: &mut AccountTx, name: &str) -> DbResult<bool> {
    if lock(tx, name).await?.paused_at.is_some() {
        return Ok(false);
    }
    sql_query(
        "UPDATE schedules SET paused_at = clock_timestamp() WHERE account_id = $1 AND name = $2",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Text, _>(name)
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

/// Lets a schedule go on with its next tick; those of the pause are not made up. Tells whether it was held.
///
/// # Errors
/// Not found, or the server is away.
pub async fn resume(tx: &mut AccountTx, name: &str) -> DbResult<bool> {
    let row = lock(tx, name).await?;
    if row.paused_at.is_none() {
        return Ok(false);
    }
    let now = super::now(tx).await?;
    let (expression, zone) = read_timetable(&row.expression, &row.timezone)?;
    let next_at = next_tick_after(&expression, zone, now);
    sql_query(
        "UPDATE schedules SET paused_at = NULL, next_at = $3 WHERE account_id = $1 AND name = $2",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Text, _>(name)
    .bind::<Nullable<Timestamptz>, _>(next_at)
    .execute(&mut **tx)
    .await?;
    if let Some(next_at) = next_at {
        notify_due(tx, next_at).await?;
    }
    Ok(true)
}
