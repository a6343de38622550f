//! People who log in.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::id::{AccountId, UserId};
use uuid::Uuid;

use crate::{AccountTx, DbResult, FleetTx, schema::users};

/// What logging in needs to know of a person.
#[derive(Debug, Clone, Queryable)]
pub struct Login {
    /// The account that the person belongs to.
    #[diesel(deserialize_as = Uuid)]
    pub account_id: AccountId,
    /// The person.
    #[diesel(deserialize_as = Uuid)]
    pub user_id: UserId,
    /// What the password is checked against.
    pub password_hash: String,
}

/// A person, as shown to themselves.
#[derive(Debug, Clone, Queryable)]
pub struct User {
    /// The id.
    #[diesel(deserialize_as = Uuid)]
    pub id: UserId,
    /// The address, normalised.
    pub email: String,
    /// When the address was proven to be theirs.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// When they registered.
    pub created_at: DateTime<Utc>,
}

/// Returns who logs in with this address, whatever the account.
///
/// # Errors
/// When the query fails.
pub async fn find_login(tx: &mut FleetTx, email: &str) -> DbResult<Option<Login>> {
    Ok(users::table
        .filter(users::email.eq(email))
        .select((users::account_id, users::id, users::password_hash))
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Returns the addresses of all who log in for the account.
///
/// # Errors
/// When the query fails.
pub async fn emails(tx: &mut AccountTx) -> DbResult<Vec<String>> {
    let account_id = tx.account_id().as_uuid();
    Ok(users::table
        .filter(users::account_id.eq(account_id))
        .select(users::email)
        .order(users::id)
        .load(&mut **tx)
        .await?)
}

/// Returns a person of the account.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut AccountTx, id: UserId) -> DbResult<Option<User>> {
    let account_id = tx.account_id().as_uuid();
    Ok(users::table
        .find((account_id, id.as_uuid()))
        .select((
            users::id,
            users::email,
            users::email_verified_at,
            users::created_at,
        ))
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Notes that an address was proven to be its person's; the first proof counts.
///
/// # Errors
/// When the query fails.
pub async fn verify_email(tx: &mut AccountTx, id: UserId, now: DateTime<Utc>) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    diesel::update(users::table.find((account_id, id.as_uuid())))
        .filter(users::email_verified_at.is_null())
        .set(users::email_verified_at.eq(now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Gives a person another password.
///
/// # Errors
/// When the query fails.
pub async fn set_password(tx: &mut AccountTx, id: UserId, hash: &str) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    diesel::update(users::table.find((account_id, id.as_uuid())))
        .set(users::password_hash.eq(hash))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
