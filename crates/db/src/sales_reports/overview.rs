use chrono::NaiveDate;
use diesel::{
    QueryableByName,
    dsl::{max, min},
    prelude::*,
    sql_types::{BigInt, Date, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{id::StoreId, report::NamedTurnover};

use super::{
    columns::{MeasureColumns, PRODUCT_SUMS},
    without_customers,
};
use crate::{AccountTx, DbResult, schema::daily_sales};

#[derive(QueryableByName)]
struct TopRow {
    #[diesel(sql_type = Text)]
    sku: String,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(embed)]
    measures: MeasureColumns,
}

/// Returns the first and the last day on which the store had any sales, returns or adjustments.
///
/// # Errors
/// When the database is away.
pub async fn days_with_sales(
    tx: &mut AccountTx,
    store_id: StoreId,
) -> DbResult<Option<(NaiveDate, NaiveDate)>> {
    // PostgreSQL answers both from the two ends of the primary key.
    let (first, last): (Option<NaiveDate>, Option<NaiveDate>) = daily_sales::table
        .filter(daily_sales::account_id.eq(tx.account_id().as_uuid()))
        .filter(daily_sales::store_id.eq(store_id.as_uuid()))
        .select((min(daily_sales::day), max(daily_sales::day)))
        .first(&mut **tx)
        .await?;
    Ok(first.zip(last))
}

/// Sums the `limit` variants with the largest gross over whole months, both named by their first day and included.
///
/// # Errors
/// When the database is away.
pub async fn top_products(
    tx: &mut AccountTx,
    store_id: StoreId,
    (first_month, last_month): (NaiveDate, NaiveDate),
    limit: i64,
) -> DbResult<Vec<NamedTurnover>> {
    // The names are joined to the few rows that are left, not to every variant.
    let sql = format!(
        "SELECT variants.sku,
                CASE WHEN variants.title IN ('', products.title, 'Default Title') THEN products.title
                     ELSE products.title || ' / ' || variants.title END AS title,
                sums.*
           FROM (SELECT variant_id, {PRODUCT_SUMS}
                   FROM monthly_product_sales
                  WHERE account_id = $1 AND store_id = $2 AND month BETWEEN $3 AND $4
                  GROUP BY 1
                  ORDER BY gross DESC, variant_id
                  LIMIT $5) AS sums
           JOIN variants ON variants.account_id = $1 AND variants.id = sums.variant_id
           JOIN products ON products.account_id = $1 AND products.id = variants.product_id"
    );
    let rows: Vec<TopRow> = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<SqlUuid, _>(store_id.as_uuid())
        .bind::<Date, _>(first_month)
        .bind::<Date, _>(last_month)
        .bind::<BigInt, _>(limit)
        .load(&mut **tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| NamedTurnover {
            key: row.sku,
            label: row.title,
            turnover: without_customers(row.measures),
        })
        .collect())
}
