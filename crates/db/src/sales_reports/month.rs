use chrono::NaiveDate;
use diesel::{dsl::sql, prelude::*, sql_types::Text};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{id::StoreId, report::Turnover, sales::Measures};

use super::products::{VariantTurnover, full_title};
use crate::{
    AccountTx, DbResult,
    schema::{monthly_product_sales as sales, products, variants},
};

/// Read by the places of its columns, and not by their names, as there may be fifty thousand rows. NULL stands for zero.
#[derive(Queryable)]
struct Row {
    sku: String,
    title: String,
    vendor: String,
    gross: Option<Decimal>,
    discounts: Option<Decimal>,
    returns: Option<Decimal>,
    adjustments: Option<Decimal>,
    tax: Option<Decimal>,
    units: Option<Decimal>,
    orders: Option<i32>,
}

/// Returns each variant's sums of the month that begins on that day. A month has one row a variant: there is nothing to add
/// up, which is most of the work of longer ranges.
pub(super) async fn of_month(
    tx: &mut AccountTx,
    store_id: StoreId,
    month: NaiveDate,
) -> DbResult<Vec<VariantTurnover>> {
    let account_id = tx.account_id().as_uuid();
    let variant = variants::account_id
        .eq(account_id)
        .and(variants::id.eq(sales::variant_id));
    let product = products::account_id
        .eq(account_id)
        .and(products::id.eq(variants::product_id));
    let rows: Vec<Row> = sales::table
        .inner_join(variants::table.on(variant))
        .inner_join(products::table.on(product))
        .filter(sales::account_id.eq(account_id))
        .filter(sales::store_id.eq(store_id.as_uuid()))
        .filter(sales::month.eq(month))
        .select((
            variants::sku,
            sql::<Text>(full_title!()),
            products::vendor,
            sales::gross,
            sales::discounts,
            sales::returns,
            sales::adjustments,
            sales::tax,
            sales::units,
            sales::orders,
        ))
        .load(&mut **tx)
        .await?;
    Ok(rows.into_iter().map(VariantTurnover::from).collect())
}

impl From<Row> for VariantTurnover {
    fn from(row: Row) -> Self {
        let measures = Measures {
            gross: row.gross.unwrap_or_default(),
            discounts: row.discounts.unwrap_or_default(),
            returns: row.returns.unwrap_or_default(),
            adjustments: row.adjustments.unwrap_or_default(),
            tax: row.tax.unwrap_or_default(),
            // Belongs to no variant.
            shipping: Decimal::ZERO,
            units: row.units.unwrap_or_default(),
            orders: i64::from(row.orders.unwrap_or_default()),
        };
        Self {
            sku: row.sku,
            title: row.title,
            vendor: row.vendor,
            turnover: Turnover {
                measures,
                customers: None,
            },
        }
    }
}
