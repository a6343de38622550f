use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::id::AccountId;
use uuid::Uuid;

use crate::{AccountTx, DbResult, FleetTx};

/// A payment that is open.
#[derive(Debug, Clone, QueryableByName)]
pub struct OpenPayment {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    /// Of which subscription.
    #[diesel(sql_type = Text)]
    pub subscription_id: String,
    /// Of which invoice, if that is known.
    #[diesel(sql_type = Nullable<Text>)]
    pub invoice: Option<String>,
    /// Since when.
    #[diesel(sql_type = Timestamptz)]
    pub since: DateTime<Utc>,
    /// When the account is locked by it.
    #[diesel(sql_type = Timestamptz)]
    pub locked_at: DateTime<Utc>,
}

impl OpenPayment {
    /// Returns whose it is.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.account_id.into()
    }
}

/// An account with two subscriptions is locked by an open payment only when the other one does not keep it open.
const OPEN: &str = "SELECT s.account_id, s.id AS subscription_id, s.failed_invoice AS invoice, s.failed_since AS since, \
            a.access_until AS locked_at \
       FROM subscriptions s JOIN accounts a ON a.id = s.account_id \
      WHERE s.failed_since IS NOT NULL AND s.status IN ('past_due', 'unpaid') AND a.plan = 'pro' \
        AND a.access_until IS NOT NULL";

/// Returns payments that are open since before `before`, by account, behind `after`.
///
/// # Errors
/// When the server is away.
pub async fn open_payments(
    tx: &mut FleetTx,
    before: DateTime<Utc>,
    after: Option<AccountId>,
    limit: i32,
) -> DbResult<Vec<OpenPayment>> {
    let sql = format!(
        "{OPEN} AND s.failed_since <= $1 AND ($2 IS NULL OR s.account_id > $2) ORDER BY s.account_id, s.id LIMIT $3"
    );
    Ok(sql_query(sql)
        .bind::<Timestamptz, _>(before)
        .bind::<Nullable<SqlUuid>, _>(after.map(AccountId::as_uuid))
        .bind::<Integer, _>(limit)
        .load(&mut **tx)
        .await?)
}

/// Returns a payment of the account if it is still open, and holds it until the transaction ends.
///
/// # Errors
/// When the server is away.
pub async fn hold(tx: &mut AccountTx, subscription_id: &str) -> DbResult<Option<OpenPayment>> {
    let sql = format!("{OPEN} AND s.account_id = $1 AND s.id = $2 FOR SHARE");
    Ok(sql_query(sql)
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<Text, _>(subscription_id)
        .get_result(&mut **tx)
        .await
        .optional()?)
}
