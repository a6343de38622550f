//! Answers kept for requests that a client may repeat.

use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::{AccountTx, DbResult, schema::idempotency_keys as keys};

/// The answer to a request, as it is kept.
#[derive(Debug, Clone, PartialEq, Queryable)]
pub struct StoredAnswer {
    /// What identifies the request that it answers.
    pub fingerprint: Vec<u8>,
    /// The HTTP status.
    pub status: i16,
    /// The headers that belong to the effect.
    pub headers: Value,
    /// The body, if there was one.
    pub body: Option<Value>,
}

/// Takes the key for the rest of the transaction; false when another transaction has it.
///
/// # Errors
/// When the query fails.
pub async fn try_lock(tx: &mut AccountTx, key: &str) -> DbResult<bool> {
    let name = format!("{}/{key}", tx.account_id());
    let lock = sql::<Bool>("pg_try_advisory_xact_lock(hashtextextended(")
        .bind::<diesel::sql_types::Text, _>(name)
        .sql(", 7162002))");
    Ok(diesel::select(lock).get_result(&mut **tx).await?)
}

/// Returns the answer kept under the key.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut AccountTx, key: &str) -> DbResult<Option<StoredAnswer>> {
    let account_id = tx.account_id().as_uuid();
    Ok(keys::table
        .find((account_id, key))
        .select((keys::fingerprint, keys::status, keys::headers, keys::body))
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Keeps an answer under the key.
///
/// # Errors
/// When the query fails.
pub async fn insert(tx: &mut AccountTx, key: &str, answer: &StoredAnswer) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    diesel::insert_into(keys::table)
        .values((
            keys::account_id.eq(account_id),
            keys::key.eq(key),
            keys::fingerprint.eq(&answer.fingerprint),
            keys::status.eq(answer.status),
            keys::headers.eq(&answer.headers),
            keys::body.eq(&answer.body),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
