use chrono::NaiveDate;
use diesel::{
    QueryableByName,
    sql_types::{Date, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::report::{MonthSplit, NamedTurnover};

use super::{
    SalesRange,
    columns::{MeasureColumns, PRODUCT_SUMS},
    without_customers,
};
use crate::{AccountTx, DbResult};

#[derive(QueryableByName)]
struct ProductRow {
    #[diesel(sql_type = Text)]
    sku: String,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(embed)]
    measures: MeasureColumns,
}

/// Sums each variant: whole months from the months' rollup, the days at the ends from the days'.
///
/// # Errors
/// When the database is away.
pub async fn by_product(tx: &mut AccountTx, range: SalesRange) -> DbResult<Vec<NamedTurnover>> {
    let split = MonthSplit::of(range.from, range.to);
    let sql = format!(
        "SELECT variants.sku,
                CASE WHEN variants.title IN ('', products.title, 'Default Title') THEN products.title
                     ELSE products.title || ' / ' || variants.title END AS title,
                sums.*
           FROM (SELECT variant_id, {PRODUCT_SUMS}
                   FROM ({ROWS}) AS rows
                  GROUP BY 1) AS sums
           JOIN variants ON variants.account_id = $1 AND variants.id = sums.variant_id
           JOIN products ON products.account_id = $1 AND products.id = variants.product_id"
    );
    let rows: Vec<ProductRow> = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<SqlUuid, _>(range.store_id.as_uuid())
        .bind::<Nullable<Date>, _>(first(split.months))
        .bind::<Nullable<Date>, _>(last(split.months))
        .bind::<Nullable<Date>, _>(first(split.head))
        .bind::<Nullable<Date>, _>(last(split.head))
        .bind::<Nullable<Date>, _>(first(split.tail))
        .bind::<Nullable<Date>, _>(last(split.tail))
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

/// A part that the range does not have is bound as NULL, which no day lies between.
const ROWS: &str = "
    SELECT variant_id, gross, discounts, returns, adjustments, tax, units, orders FROM monthly_product_sales
     WHERE account_id = $1 AND store_id = $2 AND month BETWEEN $3 AND $4
    UNION ALL
    SELECT variant_id, gross, discounts, returns, adjustments, tax, units, orders FROM daily_product_sales
     WHERE account_id = $1 AND store_id = $2 AND day BETWEEN $5 AND $6
    UNION ALL
    SELECT variant_id, gross, discounts, returns, adjustments, tax, units, orders FROM daily_product_sales
     WHERE account_id = $1 AND store_id = $2 AND day BETWEEN $7 AND $8";

fn first(part: Option<(NaiveDate, NaiveDate)>) -> Option<NaiveDate> {
    part.map(|(first, _)| first)
}

fn last(part: Option<(NaiveDate, NaiveDate)>) -> Option<NaiveDate> {
    part.map(|(_, last)| last)
}
