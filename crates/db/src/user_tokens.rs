//! What links in mails let a person do, once.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::{credentials::TokenHash, id::UserId};
use uuid::Uuid;

use crate::{AccountTx, DbResult, schema::user_tokens};

/// What a link is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPurpose {
    /// Proves that an address is its reader's.
    VerifyEmail,
    /// Lets its reader choose a new password.
    ResetPassword,
}

impl TokenPurpose {
    const fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
        }
    }
}

/// Keeps the hash of a token until it has served or its time is over.
///
/// # Errors
/// When the query fails.
pub async fn create(
    tx: &mut AccountTx,
    user_id: UserId,
    purpose: TokenPurpose,
    hash: &TokenHash,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    diesel::insert_into(user_tokens::table)
        .values((
            user_tokens::account_id.eq(account_id),
            user_tokens::token_hash.eq(hash.as_slice()),
            user_tokens::user_id.eq(user_id.as_uuid()),
            user_tokens::purpose.eq(purpose.name()),
            user_tokens::created_at.eq(now),
            user_tokens::expires_at.eq(expires_at),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Returns whose token this is, if it is good for the purpose and its time is not over.
///
/// # Errors
/// When the query fails.
pub async fn find(
    tx: &mut AccountTx,
    purpose: TokenPurpose,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> DbResult<Option<UserId>> {
    let account_id = tx.account_id().as_uuid();
    let user: Option<Uuid> = user_tokens::table
        .find((account_id, hash.as_slice()))
        .filter(user_tokens::purpose.eq(purpose.name()))
        .filter(user_tokens::expires_at.gt(now))
        .select(user_tokens::user_id)
        .first(&mut **tx)
        .await
        .optional()?;
    Ok(user.map(Into::into))
}

/// Uses a token up, and with it all others of the same person and purpose. Of two who use it at once, one gets `None`.
///
/// # Errors
/// When the query fails.
pub async fn take(
    tx: &mut AccountTx,
    purpose: TokenPurpose,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> DbResult<Option<UserId>> {
    let account_id = tx.account_id().as_uuid();
    let token = user_tokens::table
        .find((account_id, hash.as_slice()))
        .filter(user_tokens::purpose.eq(purpose.name()))
        .filter(user_tokens::expires_at.gt(now));
    let user: Option<Uuid> = diesel::delete(token)
        .returning(user_tokens::user_id)
        .get_result(&mut **tx)
        .await
        .optional()?;
    let Some(user) = user else { return Ok(None) };
    diesel::delete(user_tokens::table)
        .filter(user_tokens::account_id.eq(account_id))
        .filter(user_tokens::user_id.eq(user))
        .filter(user_tokens::purpose.eq(purpose.name()))
        .execute(&mut **tx)
        .await?;
    Ok(Some(user.into()))
}
