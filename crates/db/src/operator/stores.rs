//! Stores across all accounts, and what the demo needs to know of one.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Nullable, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::id::{AccountId, StoreId};
use uuid::Uuid;

use crate::{AccountTx, DbResult, FleetTx};

#[derive(QueryableByName)]
struct Span {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    first: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last: Option<DateTime<Utc>>,
}

/// Returns when the first and the last order of a store were placed, if there is any.
///
/// # Errors
/// When the server is away.
pub async fn span_of_orders(
    tx: &mut AccountTx,
    id: StoreId,
) -> DbResult<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    let span: Span = sql_query(
        "SELECT min(placed_at) AS first, max(placed_at) AS last FROM orders WHERE account_id = $1 AND store_id = $2",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .get_result(&mut **tx)
    .await?;
    Ok(span.first.zip(span.last))
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

macro_rules! stores_with {
    ($table:literal) => {
        concat!(
            "SELECT account_id, id FROM stores \
             WHERE deleted_at IS NULL AND ($1 IS NULL OR (account_id, id) > ($1, $2)) \
               AND EXISTS (SELECT FROM ",
            $table,
            " AS own WHERE own.account_id = stores.account_id AND own.store_id = stores.id) \
             ORDER BY account_id, id LIMIT $3"
        )
    };
}

/// Returns stores whose ledger has a line, by account and id, those behind `after`.
///
/// # Errors
/// When the server is away.
pub async fn with_stock(
    tx: &mut FleetTx,
    after: Option<(AccountId, StoreId)>,
    limit: i64,
) -> DbResult<Vec<(AccountId, StoreId)>> {
    keys(tx, stores_with!("stock_movements"), after, limit).await
}

/// Returns stores that have sold something, by account and id, those behind `after`.
///
/// # Errors
/// When the server is away.
pub async fn with_orders(
    tx: &mut FleetTx,
    after: Option<(AccountId, StoreId)>,
    limit: i64,
) -> DbResult<Vec<(AccountId, StoreId)>> {
    keys(tx, stores_with!("orders"), after, limit).await
}

async fn keys(
    tx: &mut FleetTx,
    statement: &'static str,
    after: Option<(AccountId, StoreId)>,
    limit: i64,
) -> DbResult<Vec<(AccountId, StoreId)>> {
    let (account_id, store_id) = after.unzip();
    let keys: Vec<Key> = sql_query(statement)
        .bind::<Nullable<SqlUuid>, _>(account_id.map(AccountId::as_uuid))
        .bind::<Nullable<SqlUuid>, _>(store_id.map(StoreId::as_uuid))
        .bind::<BigInt, _>(limit)
        .load(&mut **tx)
        .await?;
    let keys = keys.into_iter();
    Ok(keys
        .map(|key| (key.account_id.into(), key.id.into()))
        .collect())
}
