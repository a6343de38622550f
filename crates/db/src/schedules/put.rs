use chrono::{DateTime, Utc};
use diesel::{
    sql_query,
    sql_types::{Array, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{cron::next_tick_after, schedule::Schedule};

use crate::{AccountTx, DbResult, jobs::notify_due};

/// The revision of schedules that stand on no program's list.
const OF_AN_ACCOUNT: i32 = 0;

/// Writes a schedule of the transaction's account, or changes it. A tick that is due already is not lost by that.
///
/// # Errors
/// When the database refuses.
pub async fn put(tx: &mut AccountTx, schedule: &Schedule) -> DbResult<()> {
    write(tx, schedule, OF_AN_ACCOUNT).await
}

/// Removes a schedule of the transaction's account with the record of its ticks; tells whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn remove(tx: &mut AccountTx, name: &str) -> DbResult<bool> {
    let removed = sql_query("DELETE FROM schedules WHERE account_id = $1 AND name = $2")
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<Text, _>(name)
        .execute(&mut **tx)
        .await?;
    Ok(removed == 1)
}

/// Brings the fleet's rows up to a program's list, in a transaction of the operator's account.
///
/// Rows of the same or a higher revision are left as they are, so that programs of several versions do not fight: the
/// newest has its way, also when an older one starts after it.
///
/// # Errors
/// When the database refuses.
pub async fn reconcile(tx: &mut AccountTx, list: &[Schedule], revision: i32) -> DbResult<()> {
    for schedule in list {
        write(tx, schedule, revision).await?;
    }
    let names: Vec<&str> = list.iter().map(|schedule| schedule.name.as_str()).collect();
    sql_query(
        "UPDATE schedules SET retired_at = clock_timestamp(), revision = $2
          WHERE account_id = $1 AND revision < $2 AND retired_at IS NULL AND NOT name = ANY ($3)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Integer, _>(revision)
    .bind::<Array<Text>, _>(names)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn write(tx: &mut AccountTx, schedule: &Schedule, revision: i32) -> DbResult<()> {
    let now = super::now(tx).await?;
    let next_at: Option<DateTime<Utc>> =
        next_tick_after(&schedule.expression, schedule.timezone, now);
    let written = sql_query(
        "INSERT INTO schedules (account_id, name, expression, timezone, catch_up, kind, args, unique_key, revision, next_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (account_id, name) DO UPDATE
            SET expression = excluded.expression, timezone = excluded.timezone, catch_up = excluded.catch_up,
                kind = excluded.kind, args = excluded.args, unique_key = excluded.unique_key,
                revision = excluded.revision, retired_at = NULL,
                next_at = CASE WHEN schedules.retired_at IS NULL AND schedules.next_at <= clock_timestamp()
                               THEN schedules.next_at ELSE excluded.next_at END
          WHERE schedules.revision < excluded.revision OR excluded.revision = 0",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Text, _>(&schedule.name)
    .bind::<Text, _>(schedule.expression.to_string())
    .bind::<Text, _>(schedule.timezone.name())
    .bind::<Text, _>(schedule.catch_up.name())
    .bind::<Text, _>(schedule.terms.name)
    .bind::<Jsonb, _>(&schedule.args)
    .bind::<Nullable<Text>, _>(&schedule.unique_key)
    .bind::<Integer, _>(revision)
    .bind::<Nullable<Timestamptz>, _>(next_at)
    .execute(&mut **tx)
    .await?;
    match next_at.filter(|_| written > 0) {
        Some(next_at) => notify_due(tx, next_at).await,
        None => Ok(()),
    }
}
