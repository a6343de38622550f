//! What an account wants to be told.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{AccountTx, DbResult, schema::account_preferences};

/// What an account wants; without a row what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preferences {
    /// Whether it is told of stock that runs low or out.
    pub stock_alerts: bool,
}

/// Returns what the account wants.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut AccountTx) -> DbResult<Preferences> {
    let stock_alerts: Option<bool> = account_preferences::table
        .find(tx.account_id().as_uuid())
        .select(account_preferences::stock_alerts)
        .first(&mut **tx)
        .await
        .optional()?;
    Ok(Preferences {
        stock_alerts: stock_alerts.unwrap_or(true),
    })
}

/// Keeps what the account wants.
///
/// # Errors
/// When the query fails.
pub async fn put(tx: &mut AccountTx, wanted: Preferences, now: DateTime<Utc>) -> DbResult<()> {
    let values = (
        account_preferences::stock_alerts.eq(wanted.stock_alerts),
        account_preferences::updated_at.eq(now),
    );
    diesel::insert_into(account_preferences::table)
        .values((
            account_preferences::account_id.eq(tx.account_id().as_uuid()),
            values,
        ))
        .on_conflict(account_preferences::account_id)
        .do_update()
        .set(values)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
