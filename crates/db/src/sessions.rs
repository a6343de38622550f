//! Log-ins of people.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::{billing::Access, credentials::TokenHash, id::UserId};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    billing::{ACCESS, AccessColumns, access_of},
    schema::{accounts, sessions},
};

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

/// Returns whose session this is, if it has not expired, with what decides whether the account may be used.
///
/// # Errors
/// When the query fails.
pub async fn find(
    tx: &mut AccountTx,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> DbResult<Option<(UserId, Access)>> {
    let account_id = tx.account_id().as_uuid();
    let found: Option<(Uuid, AccessColumns)> = sessions::table
        .inner_join(accounts::table.on(accounts::id.eq(sessions::account_id)))
        .filter(sessions::account_id.eq(account_id))
        .filter(sessions::token_hash.eq(hash.as_slice()))
        .filter(sessions::expires_at.gt(now))
        .select((sessions::user_id, ACCESS))
        .first(&mut **tx)
        .await
        .optional()?;
    let access = |(user, access): (Uuid, AccessColumns)| Ok((user.into(), access_of(access)?));
    found.map(access).transpose()
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
