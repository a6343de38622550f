//! What the demo needs to know of a store.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Nullable, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::id::StoreId;

use crate::{AccountTx, DbResult};

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
