//! Log-ins of people.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::{credentials::TokenHash, id::UserId};
use uuid::Uuid;

use crate::{AccountTx, DbResult, schema::sessions};

/// Begins a session, and forgets the expired ones of the same person.
///
/// # Errors
/// When the query fails.
pub async fn create(
    tx: &mut AccountTx,
    user_id: UserId,
    hash: &TokenHash,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    diesel::delete(sessions::table)
        .filter(sessions::account_id.eq(account_id))
        .filter(sessions::user_id.eq(user_id.as_uuid()))
        .filter(sessions::expires_at.le(now))
        .execute(&mut **tx)
        .await?;
    diesel::insert_into(sessions::table)
        .values((
            sessions::account_id.eq(account_id),
            sessions::token_hash.eq(hash.as_slice()),
            sessions::user_id.eq(user_id.as_uuid()),
            sessions::created_at.eq(now),
            sessions::expires_at.eq(expires_at),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Returns whose session this is, if it has not expired.
///
/// # Errors
/// When the query fails.
pub async fn find(
    tx: &mut AccountTx,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> DbResult<Option<UserId>> {
    let account_id = tx.account_id().as_uuid();
    let user: Option<Uuid> = sessions::table
        .find((account_id, hash.as_slice()))
        .filter(sessions::expires_at.gt(now))
        .select(sessions::user_id)
        .first(&mut **tx)
        .await
        .optional()?;
    Ok(user.map(Into::into))
}

/// Ends a session.
///
/// # Errors
/// When the query fails.
pub async fn delete(tx: &mut AccountTx, hash: &TokenHash) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    diesel::delete(sessions::table.find((account_id, hash.as_slice())))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends all sessions of a person.
///
/// # Errors
/// When the query fails.
pub async fn delete_all(tx: &mut AccountTx, user_id: UserId) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    diesel::delete(sessions::table)
        .filter(sessions::account_id.eq(account_id))
        .filter(sessions::user_id.eq(user_id.as_uuid()))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
