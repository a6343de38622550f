use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{
    QueryableByName,
    sql_types::{Date, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{
    id::{StoreId, VariantId},
    report::{MonthSplit, NamedTurnover, Turnover},
};
use uuid::Uuid;

use super::{
    SalesRange,
    columns::{MeasureColumns, PRODUCT_SUMS},
    month::of_month,
    without_customers,
};
use crate::{AccountTx, DbResult};

/// What people call a variant: its product's title, and its own where that says more.
macro_rules! full_title {
    () => {
        "CASE WHEN variants.title IN ('', products.title, 'Default Title') THEN products.title
              ELSE products.title || ' / ' || variants.title END AS title"
    };
}
pub(super) use full_title;

/// What was sold of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantTurnover {
    /// Its SKU; empty when the source has none.
    pub sku: String,
    /// What people call it.
    pub title: String,
    /// Its vendor as the catalogue names it; empty when it does not.
    pub vendor: String,
    /// The figures.
    pub turnover: Turnover,
}

impl From<VariantTurnover> for NamedTurnover {
    fn from(row: VariantTurnover) -> Self {
        Self {
            key: row.sku,
            label: row.title,
            turnover: row.turnover,
        }
    }
}

#[derive(QueryableByName)]
struct ProductRow {
    #[diesel(sql_type = Text)]
    sku: String,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    vendor: String,
    #[diesel(embed)]
    measures: MeasureColumns,
}

/// Sums each variant: whole months from the months' rollup, the days at the ends from the days'.
///
/// # Errors
/// When the database is away.
pub async fn by_variant(tx: &mut AccountTx, range: SalesRange) -> DbResult<Vec<VariantTurnover>> {
    let split = MonthSplit::of(range.from, range.to);
    if let MonthSplit {
        head: None,
        months: Some((month, last)),
        tail: None,
    } = split
        && month == last
    {
        return of_month(tx, range.store_id, month).await;
    }
    let sums = format!("SELECT variant_id, {PRODUCT_SUMS} FROM ({ROWS}) AS rows GROUP BY 1");
    let rows: Vec<ProductRow> = diesel::sql_query(named(&sums))
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
        .map(|row| VariantTurnover {
            sku: row.sku,
            title: row.title,
            vendor: row.vendor,
            turnover: without_customers(row.measures),
        })
        .collect())
}

/// Names the variants of a query of sums.
fn named(sums: &str) -> String {
    format!(
        "SELECT variants.sku, {}, products.vendor, sums.*
           FROM ({sums}) AS sums
           JOIN variants ON variants.account_id = $1 AND variants.id = sums.variant_id
           JOIN products ON products.account_id = $1 AND products.id = variants.product_id",
        full_title!()
    )
}

/// How a variant is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantName {
    /// Its SKU; empty when the source has none.
    pub sku: String,
    /// What people call it.
    pub title: String,
    /// Its vendor as the catalogue names it; empty when it does not.
    pub vendor: String,
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    sku: String,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    vendor: String,
}

/// Returns how each variant of a store is called.
///
/// # Errors
/// When the database is away.
pub async fn variant_names(
    tx: &mut AccountTx,
    store_id: StoreId,
) -> DbResult<HashMap<VariantId, VariantName>> {
    let sql = format!(
        "SELECT variants.id, variants.sku, {}, products.vendor
           FROM variants
           JOIN products ON products.account_id = $1 AND products.id = variants.product_id
          WHERE variants.account_id = $1 AND variants.store_id = $2",
        full_title!()
    );
    let rows: Vec<NameRow> = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<SqlUuid, _>(store_id.as_uuid())
        .load(&mut **tx)
        .await?;
    let named = |row: NameRow| VariantName {
        sku: row.sku,
        title: row.title,
        vendor: row.vendor,
    };
    Ok(rows
        .into_iter()
        .map(|row| (row.id.into(), named(row)))
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
