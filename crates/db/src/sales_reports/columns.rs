use diesel::{
    QueryableByName,
    sql_types::{BigInt, Numeric},
};
use rust_decimal::Decimal;
use suite_core::sales::Measures;

/// The sums over `daily_sales`. NULL stands for zero there.
pub(super) const DAILY_SUMS: &str = "coalesce(sum(gross), 0) AS gross,
    coalesce(sum(discounts), 0) AS discounts,
    coalesce(sum(returns), 0) AS returns,
    coalesce(sum(adjustments), 0) AS adjustments,
    coalesce(sum(tax), 0) AS tax,
    coalesce(sum(shipping), 0) AS shipping,
    coalesce(sum(units), 0) AS units,
    coalesce(sum(orders), 0) AS orders";

/// The sums over the rollups of products, where shipping belongs to no row.
pub(super) const PRODUCT_SUMS: &str = "coalesce(sum(gross), 0) AS gross,
    coalesce(sum(discounts), 0) AS discounts,
    coalesce(sum(returns), 0) AS returns,
    coalesce(sum(adjustments), 0) AS adjustments,
    coalesce(sum(tax), 0) AS tax,
    0::numeric AS shipping,
    coalesce(sum(units), 0) AS units,
    coalesce(sum(orders), 0) AS orders";

#[derive(QueryableByName)]
pub(super) struct MeasureColumns {
    #[diesel(sql_type = Numeric)]
    gross: Decimal,
    #[diesel(sql_type = Numeric)]
    discounts: Decimal,
    #[diesel(sql_type = Numeric)]
    returns: Decimal,
    #[diesel(sql_type = Numeric)]
    adjustments: Decimal,
    #[diesel(sql_type = Numeric)]
    tax: Decimal,
    #[diesel(sql_type = Numeric)]
    shipping: Decimal,
    #[diesel(sql_type = Numeric)]
    units: Decimal,
    #[diesel(sql_type = BigInt)]
    orders: i64,
}

impl From<MeasureColumns> for Measures {
    fn from(row: MeasureColumns) -> Self {
        Self {
            gross: row.gross,
            discounts: row.discounts,
            returns: row.returns,
            adjustments: row.adjustments,
            tax: row.tax,
            shipping: row.shipping,
            units: row.units,
            orders: row.orders,
        }
    }
}
