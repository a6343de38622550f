//! Merchants.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::id::{AccountId, UserId};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult, FleetTx,
    schema::{accounts, users},
};

/// An account that is about to be made, with the person who logs in for it.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What the merchant is called.
    pub name: String,
    /// The person's address, normalised.
    pub email: String,
    /// The person's password, hashed.
    pub password_hash: String,
    /// When the trial ends.
    pub trial_ends_at: DateTime<Utc>,
}

/// The ids of what was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreatedAccount {
    /// The account.
    pub account_id: AccountId,
    /// The person.
    pub user_id: UserId,
}

/// An account, as shown to its own people.
#[derive(Debug, Clone, Queryable)]
pub struct Account {
    /// The id.
    #[diesel(deserialize_as = Uuid)]
    pub id: AccountId,
    /// What the merchant is called.
    pub name: String,
    /// `trial`, `pro`, `locked` or `system`.
    pub plan: String,
    /// When the trial ends or ended.
    pub trial_ends_at: DateTime<Utc>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Makes an account and its first person.
///
/// # Errors
/// `AlreadyExists` when the address belongs to somebody, and when the query fails.
pub async fn create(
    tx: &mut FleetTx,
    new: &NewAccount,
    now: DateTime<Utc>,
) -> DbResult<CreatedAccount> {
    let made = CreatedAccount {
        account_id: AccountId::new(),
        user_id: UserId::new(),
    };
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(made.account_id.as_uuid()),
            accounts::name.eq(&new.name),
            accounts::trial_ends_at.eq(new.trial_ends_at),
            accounts::created_at.eq(now),
        ))
        .execute(&mut **tx)
        .await?;
    diesel::insert_into(users::table)
        .values((
            users::account_id.eq(made.account_id.as_uuid()),
            users::id.eq(made.user_id.as_uuid()),
            users::email.eq(&new.email),
            users::password_hash.eq(&new.password_hash),
            users::created_at.eq(now),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(made)
}

/// Returns the account of the transaction.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut AccountTx) -> DbResult<Option<Account>> {
    let account_id = tx.account_id().as_uuid();
    Ok(accounts::table
        .find(account_id)
        .select((
            accounts::id,
            accounts::name,
            accounts::plan,
            accounts::trial_ends_at,
            accounts::created_at,
        ))
        .first(&mut **tx)
        .await
        .optional()?)
}
