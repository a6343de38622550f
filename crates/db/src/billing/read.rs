use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryDsl, QueryableByName, sql_query,
    sql_types::{Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{
    Error,
    billing::{Access, SubscriptionStatus, SubscriptionView},
};

use crate::{AccountTx, DbResult, schema::accounts};

/// The columns of an [`Access`].
pub(crate) const ACCESS: (
    accounts::plan,
    accounts::trial_ends_at,
    accounts::access_until,
) = (
    accounts::plan,
    accounts::trial_ends_at,
    accounts::access_until,
);

/// What stands in them.
pub(crate) type AccessColumns = (String, DateTime<Utc>, Option<DateTime<Utc>>);

/// Puts an access together from its columns.
pub(crate) fn access_of(columns: AccessColumns) -> DbResult<Access> {
    let (plan, trial_ends_at, access_until) = columns;
    Ok(Access {
        plan: plan.parse().map_err(Error::internal)?,
        trial_ends_at,
        access_until,
    })
}

/// Returns what decides whether the account may be used.
///
/// # Errors
/// When the server is away, or a newer version has written the plan.
pub async fn access(tx: &mut AccountTx) -> DbResult<Option<Access>> {
    let account_id = tx.account_id().as_uuid();
    let columns: Option<AccessColumns> = accounts::table
        .find(account_id)
        .select(ACCESS)
        .first(&mut **tx)
        .await
        .optional()?;
    columns.map(access_of).transpose()
}

/// Tells whether only reading, taking away and paying is left to the account at `now`.
///
/// # Errors
/// When the server is away, or a newer version has written the plan.
pub async fn is_locked(tx: &mut AccountTx, now: DateTime<Utc>) -> DbResult<bool> {
    let access = access(tx).await?;
    Ok(access.is_none_or(|access| access.is_locked(now)))
}

/// A subscription, as it is kept.
#[derive(Debug, Clone, QueryableByName)]
pub struct SubscriptionRow {
    /// What Stripe calls it.
    #[diesel(sql_type = Text)]
    pub id: String,
    /// Who pays, as Stripe calls them.
    #[diesel(sql_type = Nullable<Text>)]
    pub customer_id: Option<String>,
    /// How it stands.
    #[diesel(sql_type = Text)]
    pub status: String,
    /// What was bought.
    #[diesel(sql_type = Nullable<Text>)]
    pub price_id: Option<String>,
    /// What it comes to in a month.
    #[diesel(sql_type = Numeric)]
    pub per_month: Decimal,
    /// In which currency.
    #[diesel(sql_type = Nullable<Text>)]
    pub currency: Option<String>,
    /// Until when it is paid or to be paid.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub period_ends_at: Option<DateTime<Utc>>,
    /// When it ends by itself, if somebody has called it off.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub ends_at: Option<DateTime<Utc>>,
    /// When it was called off.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub canceled_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Since when a payment is open, if one is.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub failed_since: Option<DateTime<Utc>>,
}

impl SubscriptionRow {
    /// Tells whether a further one would be one too many.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.status.parse().is_ok_and(SubscriptionStatus::is_live)
    }

    /// Tells whether it is kept as it looks at Stripe.
    #[must_use]
    pub fn looks_like(&self, view: &SubscriptionView) -> bool {
        self.status == view.status.name()
            && self.price_id == view.price_id
            && self.per_month == view.per_month
            && self.currency.as_deref() == Some(view.currency.code())
            && self.period_ends_at == view.period_ends_at
            && self.ends_at == view.ends_at
            && self.canceled_at == view.canceled_at
            && self.ended_at == view.ended_at
    }
}

/// Returns the account's subscriptions, those that live first, the newest of them first.
///
/// # Errors
/// When the server is away.
pub async fn subscriptions(tx: &mut AccountTx) -> DbResult<Vec<SubscriptionRow>> {
    Ok(sql_query(
        "SELECT id, customer_id, status, price_id, per_month, currency, period_ends_at, ends_at, canceled_at, ended_at, \
                failed_since \
           FROM subscriptions WHERE account_id = $1 \
          ORDER BY status IN ('canceled', 'incomplete', 'incomplete_expired'), period_ends_at DESC NULLS LAST, id LIMIT 100",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .load(&mut **tx)
    .await?)
}

/// Returns the subscription that the account has at present, if it has one.
///
/// # Errors
/// When the server is away.
pub async fn live(tx: &mut AccountTx) -> DbResult<Option<SubscriptionRow>> {
    let rows = subscriptions(tx).await?;
    Ok(rows.into_iter().find(SubscriptionRow::is_live))
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// Returns as whom Stripe knows the account, if it does.
///
/// # Errors
/// When the server is away.
pub async fn leading_customer(tx: &mut AccountTx) -> DbResult<Option<String>> {
    let row: Option<Word> = sql_query(
        "SELECT customer_id AS word FROM stripe_events \
          WHERE account_id = $1 AND customer_id IS NOT NULL ORDER BY at DESC, id LIMIT 1",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .get_result(&mut **tx)
    .await
    .optional()?;
    Ok(row.map(|row| row.word))
}

/// Returns the address of the account's first person: who is told about money.
///
/// # Errors
/// When the server is away.
pub async fn owner_email(tx: &mut AccountTx) -> DbResult<Option<String>> {
    let row: Option<Word> = sql_query(
        "SELECT email AS word FROM users WHERE account_id = $1 ORDER BY created_at, id LIMIT 1",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .get_result(&mut **tx)
    .await
    .optional()?;
    Ok(row.map(|row| row.word))
}
