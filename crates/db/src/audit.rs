//! Who did what.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use suite_core::id::{AccountId, AuditId};

use crate::{AccountTx, DbResult, FleetTx, schema::audit_log};

/// One thing that somebody did.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    /// Who: `user:<id>`, `token:<id>`, `operator:<name>`.
    pub actor: String,
    /// What: a verb and its object, such as `create_token`.
    pub action: &'static str,
    /// To what: an id, or another name.
    pub subject: String,
    /// What else is worth knowing.
    pub detail: Value,
    /// When.
    pub at: DateTime<Utc>,
}

/// Writes an entry for the account of the transaction, in the transaction of the deed.
///
/// # Errors
/// When the query fails.
pub async fn record(tx: &mut AccountTx, entry: &AuditEntry) -> DbResult<()> {
    let account_id = tx.account_id();
    insert(tx, account_id, entry).await
}

/// Writes an entry of the operator's own work, for the account that it touches.
///
/// # Errors
/// When the query fails.
pub async fn record_for(
    tx: &mut FleetTx,
    account_id: AccountId,
    entry: &AuditEntry,
) -> DbResult<()> {
    insert(tx, account_id, entry).await
}

async fn insert(
    connection: &mut AsyncPgConnection,
    account_id: AccountId,
    entry: &AuditEntry,
) -> DbResult<()> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::account_id.eq(account_id.as_uuid()),
            audit_log::id.eq(AuditId::new().as_uuid()),
            audit_log::actor.eq(&entry.actor),
            audit_log::action.eq(entry.action),
            audit_log::subject.eq(&entry.subject),
            audit_log::detail.eq(&entry.detail),
            audit_log::at.eq(entry.at),
        ))
        .execute(connection)
        .await?;
    Ok(())
}
