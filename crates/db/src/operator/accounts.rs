//! Merchants as the operator lists them.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use suite_core::id::AccountId;
use uuid::Uuid;

use crate::{DbResult, FleetTx};

/// An account with what it holds.
#[derive(Debug, Clone, QueryableByName, Serialize)]
pub struct AccountRow {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// What the merchant calls it.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// `trial`, `pro`, `locked` or `system`.
    #[diesel(sql_type = Text)]
    pub plan: String,
    /// When the trial ends or ended.
    #[diesel(sql_type = Timestamptz)]
    pub trial_ends_at: DateTime<Utc>,
    /// When a plan that is paid ends, if that is known.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub access_until: Option<DateTime<Utc>>,
    /// Since when it has its plan by the operator's hand, whatever is paid.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub plan_given_at: Option<DateTime<Utc>>,
    /// When it was made.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// Who logs in for it, the first user first.
    #[diesel(sql_type = Array<Text>)]
    pub emails: Vec<String>,
    /// Its stores, deleted ones left out.
    #[diesel(sql_type = BigInt)]
    pub stores: i64,
    /// Its API tokens.
    #[diesel(sql_type = BigInt)]
    pub tokens: i64,
}

/// Which accounts to list.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Part of the name or of a user's address, in any case.
    pub search: Option<String>,
    /// Only accounts made before this one.
    pub before: Option<AccountId>,
    /// At most so many.
    pub limit: i32,
}

const COLUMNS: &str = "a.id, a.name, a.plan, a.trial_ends_at, a.access_until, a.plan_given_at,
    a.created_at,
    ARRAY(SELECT u.email FROM users u WHERE u.account_id = a.id ORDER BY u.id) AS emails,
    (SELECT count(*) FROM stores s WHERE s.account_id = a.id AND s.deleted_at IS NULL) AS stores,
    (SELECT count(*) FROM api_tokens t WHERE t.account_id = a.id) AS tokens";

/// Lists accounts, the newest first.
///
/// # Errors
/// When the server is away.
pub async fn list(tx: &mut FleetTx, filter: &AccountFilter) -> DbResult<Vec<AccountRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM accounts a
          WHERE ($1 IS NULL OR a.id < $1)
            AND ($2 IS NULL OR a.name ILIKE $2 OR EXISTS
                    (SELECT FROM users u WHERE u.account_id = a.id AND u.email ILIKE $2))
          ORDER BY a.id DESC LIMIT $3"
    );
    let pattern = filter.search.as_deref().map(super::contains_pattern);
    Ok(sql_query(sql)
        .bind::<Nullable<SqlUuid>, _>(filter.before.map(AccountId::as_uuid))
        .bind::<Nullable<Text>, _>(pattern)
        .bind::<Integer, _>(filter.limit)
        .load(&mut **tx)
        .await?)
}

/// Finds one account by its id.
///
/// # Errors
/// When the server is away.
pub async fn find(tx: &mut FleetTx, id: AccountId) -> DbResult<Option<AccountRow>> {
    Ok(
        sql_query(format!("SELECT {COLUMNS} FROM accounts a WHERE a.id = $1"))
            .bind::<SqlUuid, _>(id.as_uuid())
            .get_result(&mut **tx)
            .await
            .optional()?,
    )
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Finds the account for which `email` logs in.
///
/// # Errors
/// When the server is away.
pub async fn find_id_by_email(tx: &mut FleetTx, email: &str) -> DbResult<Option<AccountId>> {
    let found: Option<Id> =
        sql_query("SELECT account_id AS id FROM users WHERE email = lower(trim($1))")
            .bind::<Text, _>(email)
            .get_result(&mut **tx)
            .await
            .optional()?;
    Ok(found.map(|row| row.id.into()))
}

/// Moves the end of an account's trial.
///
/// # Errors
/// When the server is away.
pub async fn move_trial(tx: &mut FleetTx, id: AccountId, ends_at: DateTime<Utc>) -> DbResult<()> {
    sql_query("UPDATE accounts SET trial_ends_at = $2 WHERE id = $1 AND plan = 'trial'")
        .bind::<SqlUuid, _>(id.as_uuid())
        .bind::<Timestamptz, _>(ends_at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Gives an account a plan without an end, which holds whatever is paid until it is taken back.
///
/// # Errors
/// When the server is away.
pub async fn give_plan(
    tx: &mut FleetTx,
    id: AccountId,
    plan: &'static str,
    now: DateTime<Utc>,
) -> DbResult<()> {
    sql_query(
        "UPDATE accounts SET plan = $2, access_until = NULL, plan_given_at = $3 \
          WHERE id = $1 AND plan <> 'system'",
    )
    .bind::<SqlUuid, _>(id.as_uuid())
    .bind::<Text, _>(plan)
    .bind::<Timestamptz, _>(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes back what was given by hand: what is left is the trial, until what was paid is recounted.
///
/// # Errors
/// When the server is away.
pub async fn take_plan_back(tx: &mut FleetTx, id: AccountId) -> DbResult<()> {
    sql_query(
        "UPDATE accounts SET plan = 'trial', access_until = NULL, plan_given_at = NULL \
          WHERE id = $1 AND plan <> 'system'",
    )
    .bind::<SqlUuid, _>(id.as_uuid())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Counts the accounts that are not `but`.
///
/// # Errors
/// When the server is away.
pub async fn count_others(tx: &mut FleetTx, but: Option<AccountId>) -> DbResult<i64> {
    let row: Count =
        sql_query("SELECT count(*) AS count FROM accounts WHERE id IS DISTINCT FROM $1")
            .bind::<Nullable<SqlUuid>, _>(but.map(AccountId::as_uuid))
            .get_result(&mut **tx)
            .await?;
    Ok(row.count)
}

/// A store of an account, as far as an operator needs to know it.
#[derive(Debug, Clone, QueryableByName, Serialize)]
pub struct StoreRow {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// What the merchant calls it.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The currency of its prices.
    #[diesel(sql_type = Text)]
    pub currency: String,
    /// The zone in which its days begin.
    #[diesel(sql_type = Text)]
    pub timezone: String,
    /// Where its data comes from.
    #[diesel(sql_type = Text)]
    pub platform: String,
    /// When it was made.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// Lists the stores of an account, deleted ones left out.
///
/// # Errors
/// When the server is away.
pub async fn stores(tx: &mut FleetTx, id: AccountId) -> DbResult<Vec<StoreRow>> {
    Ok(sql_query(
        "SELECT id, name, currency, timezone, platform, created_at FROM stores
          WHERE account_id = $1 AND deleted_at IS NULL ORDER BY id LIMIT 1000",
    )
    .bind::<SqlUuid, _>(id.as_uuid())
    .load(&mut **tx)
    .await?)
}
