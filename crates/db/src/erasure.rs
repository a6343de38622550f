//! Erases a deleted store, in slices that hold up nobody.

use diesel::{
    ExpressionMethods, QueryDsl, sql_query,
    sql_types::{BigInt, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{Error, id::StoreId};

use crate::{AccountTx, DbResult, schema::stores};

/// The tables below a store, what refers to others first. Each names its rows by account and store.
const TABLES: &[&str] = &[
    "daily_sales",
    "daily_product_sales",
    "monthly_product_sales",
    "report_schedules",
    "reports",
    "stock_movements",
    "stock_alert_states",
    "stock_levels",
    "stock_documents",
    "stock_checks",
    "purchase_orders",
    "supplier_prices",
    "vendors",
    "orders",
    "customers",
    "variants",
    "products",
    "locations",
];

/// Erases up to `limit` rows below a store that is marked as deleted, and at last the store itself.
///
/// Returns how many rows are gone; zero when nothing is left.
///
/// # Errors
/// When the server is away.
pub async fn erase_slice(tx: &mut AccountTx, store_id: StoreId, limit: i64) -> DbResult<u64> {
    let is_alive = diesel::select(diesel::dsl::exists(
        stores::table
            .filter(stores::account_id.eq(tx.account_id().as_uuid()))
            .filter(stores::id.eq(store_id.as_uuid()))
            .filter(stores::deleted_at.is_null()),
    ));
    if is_alive.get_result::<bool>(&mut **tx).await? {
        let reason = "the store is not marked as deleted".to_owned();
        return Err(Error::Conflict { reason }.into());
    }
    let lines = erase(
        tx,
        store_id,
        limit,
        "DELETE FROM order_lines l USING (
             SELECT account_id, order_id, position FROM order_lines
              WHERE account_id = $1
                AND order_id IN (SELECT id FROM orders WHERE account_id = $1 AND store_id = $2)
              LIMIT $3) gone
          WHERE l.account_id = gone.account_id AND l.order_id = gone.order_id AND l.position = gone.position",
    );
    let lines = lines.await?;
    if lines > 0 {
        return Ok(lines);
    }
    // Chunks and rejects go with their import, and tens of thousands of items with their analysis.
    for table in ["imports", "inventory_analyses"] {
        let statement = format!(
            "DELETE FROM {table} WHERE ctid IN (
                SELECT ctid FROM {table} WHERE account_id = $1 AND store_id = $2 LIMIT least($3, 1))"
        );
        let gone = erase(tx, store_id, limit, &statement).await?;
        if gone > 0 {
            return Ok(gone);
        }
    }
    for table in TABLES {
        let statement = format!(
            "DELETE FROM {table} WHERE ctid IN (
                SELECT ctid FROM {table} WHERE account_id = $1 AND store_id = $2 LIMIT $3)"
        );
        let gone = erase(tx, store_id, limit, &statement).await?;
        if gone > 0 {
            return Ok(gone);
        }
    }
    let store = "DELETE FROM stores WHERE account_id = $1 AND id = $2 AND deleted_at IS NOT NULL AND $3 > 0";
    erase(tx, store_id, limit, store).await
}

async fn erase(
    tx: &mut AccountTx,
    store_id: StoreId,
    limit: i64,
    statement: &str,
) -> DbResult<u64> {
    let rows = sql_query(statement)
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<SqlUuid, _>(store_id.as_uuid())
        .bind::<BigInt, _>(limit)
        .execute(&mut **tx)
        .await?;
    Ok(rows as u64)
}
