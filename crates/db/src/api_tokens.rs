//! Bearer tokens of programs.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::{
    billing::Access,
    credentials::{IssuedToken, TokenHash},
    id::ApiTokenId,
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    billing::{ACCESS, AccessColumns, access_of},
    schema::{accounts, api_tokens},
};

/// Written at most this often, so that a busy token does not write a row for each request.
const LAST_USED_STEP: TimeDelta = TimeDelta::minutes(1);

/// A token, without what would let anybody use it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ApiToken {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: ApiTokenId,
    /// What its owner calls it.
    pub name: String,
    /// The last four characters.
    pub suffix: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

const COLUMNS: (
    api_tokens::id,
    api_tokens::name,
    api_tokens::suffix,
    api_tokens::created_at,
    api_tokens::last_used_at,
) = (
    api_tokens::id,
    api_tokens::name,
    api_tokens::suffix,
    api_tokens::created_at,
    api_tokens::last_used_at,
);

/// Stores a token that was just issued.
///
/// # Errors
/// When the query fails.
pub async fn create(
    tx: &mut AccountTx,
    name: &str,
    token: &IssuedToken,
    now: DateTime<Utc>,
) -> DbResult<ApiToken> {
    let account_id = tx.account_id().as_uuid();
    let row = diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::account_id.eq(account_id),
            api_tokens::id.eq(ApiTokenId::new().as_uuid()),
            api_tokens::name.eq(name),
            api_tokens::token_hash.eq(token.hash.as_slice()),
            api_tokens::suffix.eq(&token.suffix),
            api_tokens::created_at.eq(now),
        ))
        .returning(COLUMNS)
        .get_result(&mut **tx)
        .await?;
    Ok(row)
}

/// Returns the id of the token with this hash, with what decides whether its account may be used, and notes that it was used.
///
/// # Errors
/// When the query fails.
pub async fn find(
    tx: &mut AccountTx,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> DbResult<Option<(ApiTokenId, Access)>> {
    let account_id = tx.account_id().as_uuid();
    let found: Option<(Uuid, Option<DateTime<Utc>>, AccessColumns)> = api_tokens::table
        .inner_join(accounts::table.on(accounts::id.eq(api_tokens::account_id)))
        .filter(api_tokens::account_id.eq(account_id))
        .filter(api_tokens::token_hash.eq(hash.as_slice()))
        .select((api_tokens::id, api_tokens::last_used_at, ACCESS))
        .first(&mut **tx)
        .await
        .optional()?;
    let Some((id, last_used_at, access)) = found else {
        return Ok(None);
    };
    if last_used_at.is_none_or(|at| now - at >= LAST_USED_STEP) {
        diesel::update(api_tokens::table.find((account_id, id)))
            .set(api_tokens::last_used_at.eq(now))
            .execute(&mut **tx)
            .await?;
    }
    Ok(Some((id.into(), access_of(access)?)))
}

/// Returns the tokens made after `after`, oldest first.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    after: Option<ApiTokenId>,
    limit: i64,
) -> DbResult<Vec<ApiToken>> {
    let account_id = tx.account_id().as_uuid();
    let mut query = api_tokens::table
        .filter(api_tokens::account_id.eq(account_id))
        .select(COLUMNS)
        .order(api_tokens::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(api_tokens::id.gt(after.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Returns one token.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut AccountTx, id: ApiTokenId) -> DbResult<Option<ApiToken>> {
    let account_id = tx.account_id().as_uuid();
    Ok(api_tokens::table
        .find((account_id, id.as_uuid()))
        .select(COLUMNS)
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Deletes a token, so that it opens nothing from now on; false when there was none.
///
/// # Errors
/// When the query fails.
pub async fn delete(tx: &mut AccountTx, id: ApiTokenId) -> DbResult<bool> {
    let account_id = tx.account_id().as_uuid();
    let deleted = diesel::delete(api_tokens::table.find((account_id, id.as_uuid())))
        .execute(&mut **tx)
        .await?;
    Ok(deleted == 1)
}
