//! The sums that reports read, changed in the transaction that changes the lines below them.
//!
//! Changes come in the order of the key, one for each key, so that two writers who meet wait and never deadlock. Days that
//! have no row yet are written plainly, at half the price of an upsert; should somebody else begin such a day in the same
//! moment, the writer gets [`suite_core::Error::Conflict`] and does its batch again.

mod columns;
pub mod proof;

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::{
    QueryableByName,
    sql_types::{Array, Date, Integer, Nullable, Numeric, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{
    id::{CustomerId, StoreId, VariantId},
    invoice_lines::{Buyer, VariantDay},
    sales::Measures,
};
use uuid::Uuid;

use crate::{AccountTx, DbResult, imports::raced};
use columns::MeasureColumns;

/// A change of a day's sales to one buyer.
pub type BuyerChange<'a> = ((NaiveDate, Buyer<&'a str>), Measures);

/// A change of a day's or a month's sales of one variant; for a month, the day is its first.
pub type VariantChange = (VariantDay, Measures);

/// Changes the sums by day, country and customer.
///
/// # Errors
/// [`suite_core::Error::Conflict`] when somebody else has just begun one of the days.
pub async fn add_daily_sales(
    tx: &mut AccountTx,
    store_id: StoreId,
    changes: &[BuyerChange<'_>],
) -> DbResult<()> {
    let days = changes.iter().map(|((day, _), _)| *day);
    let begun = begun(tx, store_id, DAYS_WITH_SALES, days).await?;
    let (known, new): (Vec<_>, Vec<_>) = changes
        .iter()
        .partition(|((day, _), _)| begun.contains(day));
    write_daily_sales(tx, store_id, &new, "").await?;
    write_daily_sales(tx, store_id, &known, DAILY_SALES_ADD).await
}

/// Forgets the sums that have become zero on these days and in these months: what was not sold after all.
///
/// # Errors
/// When the server is away.
pub async fn clear_zeros(
    tx: &mut AccountTx,
    store_id: StoreId,
    days: &[NaiveDate],
    months: &[NaiveDate],
) -> DbResult<()> {
    for (table, periods) in [
        (ZERO_DAYS, days),
        (ZERO_PRODUCT_DAYS, days),
        (ZERO_PRODUCT_MONTHS, months),
    ] {
        diesel::sql_query(table)
            .bind::<SqlUuid, _>(tx.account_id().as_uuid())
            .bind::<SqlUuid, _>(store_id.as_uuid())
            .bind::<Array<Date>, _>(periods)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

macro_rules! zeros {
    ($table:literal, $period:literal $(, $more:literal)?) => {
        concat!(
            "DELETE FROM ", $table, " WHERE account_id = $1 AND store_id = $2 AND ", $period, " = ANY($3) \
             AND num_nonnulls(gross, discounts, returns, adjustments, tax, units, orders", $($more,)? ") = 0"
        )
    };
}

const ZERO_DAYS: &str = zeros!("daily_sales", "day", ", shipping");
const ZERO_PRODUCT_DAYS: &str = zeros!("daily_product_sales", "day");
const ZERO_PRODUCT_MONTHS: &str = zeros!("monthly_product_sales", "month");

/// Changes the sums by day and variant.
///
/// # Errors
/// [`suite_core::Error::Conflict`] when somebody else has just begun one of the days.
pub async fn add_daily_product_sales(
    tx: &mut AccountTx,
    store_id: StoreId,
    changes: &[VariantChange],
) -> DbResult<()> {
    add_product_sales(
        tx,
        store_id,
        changes,
        DAYS_WITH_PRODUCT_SALES,
        &DAILY_PRODUCT_SALES,
    )
    .await
}

/// Changes the sums by month and variant; the day of each key is the first of its month.
///
/// # Errors
/// [`suite_core::Error::Conflict`] when somebody else has just begun one of the months.
pub async fn add_monthly_product_sales(
    tx: &mut AccountTx,
    store_id: StoreId,
    changes: &[VariantChange],
) -> DbResult<()> {
    add_product_sales(
        tx,
        store_id,
        changes,
        MONTHS_WITH_PRODUCT_SALES,
        &MONTHLY_PRODUCT_SALES,
    )
    .await
}

#[derive(QueryableByName)]
struct Period {
    #[diesel(sql_type = Date)]
    period: NaiveDate,
}

/// Order and limit hold the planner to one probe of the key a period: as EXISTS it read the whole table each time, a fifth of
/// an import's work.
macro_rules! periods_with_rows {
    ($table:literal, $period:literal, $next:literal) => {
        concat!(
            "SELECT period FROM unnest($3) AS periods (period), LATERAL (SELECT 1 FROM ",
            $table,
            " WHERE account_id = $1 AND store_id = $2 AND ",
            $period,
            " = period ORDER BY ",
            $next,
            " LIMIT 1) AS known"
        )
    };
}

const DAYS_WITH_SALES: &str = periods_with_rows!("daily_sales", "day", "country");
const DAYS_WITH_PRODUCT_SALES: &str =
    periods_with_rows!("daily_product_sales", "day", "variant_id");
const MONTHS_WITH_PRODUCT_SALES: &str =
    periods_with_rows!("monthly_product_sales", "month", "variant_id");

/// Tells which of the days or months have rows already. `periods` come in order, so equal ones stand together.
async fn begun(
    tx: &mut AccountTx,
    store_id: StoreId,
    query: &'static str,
    periods: impl Iterator<Item = NaiveDate>,
) -> DbResult<HashSet<NaiveDate>> {
    let mut periods: Vec<NaiveDate> = periods.collect();
    periods.dedup();
    if periods.is_empty() {
        return Ok(HashSet::new());
    }
    let begun: Vec<Period> = diesel::sql_query(query)
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<SqlUuid, _>(store_id.as_uuid())
        .bind::<Array<Date>, _>(periods)
        .load(&mut **tx)
        .await?;
    Ok(begun.into_iter().map(|row| row.period).collect())
}

/// `nullif` keeps zero as NULL, as everywhere in these tables.
macro_rules! add_to {
    ($table:literal, $($column:literal),*) => {
        concat!(" DO UPDATE SET ", add_to!(@each $table, $($column),*))
    };
    (@each $table:literal, $column:literal) => {
        concat!($column, " = nullif(coalesce(", $table, ".", $column, ", 0) + coalesce(excluded.", $column, ", 0), 0)")
    };
    (@each $table:literal, $column:literal, $($rest:literal),*) => {
        concat!(add_to!(@each $table, $column), ", ", add_to!(@each $table, $($rest),*))
    };
}

const DAILY_SALES_ADD: &str = concat!(
    " ON CONFLICT (account_id, store_id, day, country, customer_id)",
    add_to!(
        "daily_sales",
        "gross",
        "discounts",
        "returns",
        "adjustments",
        "tax",
        "shipping",
        "units",
        "orders"
    )
);

async fn write_daily_sales(
    tx: &mut AccountTx,
    store_id: StoreId,
    changes: &[&BuyerChange<'_>],
    on_conflict: &'static str,
) -> DbResult<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let days: Vec<NaiveDate> = changes.iter().map(|((day, _), _)| *day).collect();
    let countries: Vec<&str> = changes
        .iter()
        .map(|((_, buyer), _)| buyer.country)
        .collect();
    let customer_ids: Vec<Uuid> = changes
        .iter()
        .map(|((_, buyer), _)| buyer.customer_id.map_or(Uuid::nil(), CustomerId::as_uuid))
        .collect();
    let columns = MeasureColumns::of(changes.iter().map(|(_, measures)| measures));
    diesel::sql_query(
        "INSERT INTO daily_sales (account_id, store_id, day, country, customer_id, gross, discounts, returns, adjustments, \
                                  tax, units, orders, shipping) \
         SELECT $1, $2, unnest($3), unnest($4), unnest($5), unnest($6), unnest($7), unnest($8), unnest($9), unnest($10), \
                unnest($11), unnest($12), unnest($13)",
    )
    .sql(on_conflict)
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<Date>, _>(days)
    .bind::<Array<Text>, _>(countries)
    .bind::<Array<SqlUuid>, _>(customer_ids)
    .bind::<Array<Nullable<Numeric>>, _>(columns.gross)
    .bind::<Array<Nullable<Numeric>>, _>(columns.discounts)
    .bind::<Array<Nullable<Numeric>>, _>(columns.returns)
    .bind::<Array<Nullable<Numeric>>, _>(columns.adjustments)
    .bind::<Array<Nullable<Numeric>>, _>(columns.tax)
    .bind::<Array<Nullable<Numeric>>, _>(columns.units)
    .bind::<Array<Nullable<Integer>>, _>(columns.orders)
    .bind::<Array<Nullable<Numeric>>, _>(columns.shipping)
        .execute(&mut **tx)
        .await
        .map_err(raced)?;
    Ok(())
}

/// A table of product sales by its period: how to begin rows, and how to add to rows that may be there.
struct ProductSales {
    insert: &'static str,
    add: &'static str,
}

macro_rules! product_sales {
    ($table:literal, $period:literal) => {
        ProductSales {
            insert: product_sales!(@insert $table, $period),
            add: concat!(
                product_sales!(@insert $table, $period),
                " ON CONFLICT (account_id, store_id, ", $period, ", variant_id)",
                add_to!($table, "gross", "discounts", "returns", "adjustments", "tax", "units", "orders")
            ),
        }
    };
    (@insert $table:literal, $period:literal) => {
        concat!(
            "INSERT INTO ", $table, " (account_id, store_id, ", $period, ", variant_id, gross, discounts, returns, \
             adjustments, tax, units, orders) \
             SELECT $1, $2, unnest($3), unnest($4), unnest($5), unnest($6), unnest($7), unnest($8), unnest($9), \
             unnest($10), unnest($11)"
        )
    };
}

const DAILY_PRODUCT_SALES: ProductSales = product_sales!("daily_product_sales", "day");
const MONTHLY_PRODUCT_SALES: ProductSales = product_sales!("monthly_product_sales", "month");

async fn add_product_sales(
    tx: &mut AccountTx,
    store_id: StoreId,
    changes: &[VariantChange],
    with_rows: &'static str,
    table: &ProductSales,
) -> DbResult<()> {
    let periods = changes.iter().map(|(key, _)| key.day);
    let begun = begun(tx, store_id, with_rows, periods).await?;
    let (known, new): (Vec<_>, Vec<_>) = changes
        .iter()
        .partition(|(key, _)| begun.contains(&key.day));
    write_product_sales(tx, store_id, &new, table.insert).await?;
    write_product_sales(tx, store_id, &known, table.add).await
}

async fn write_product_sales(
    tx: &mut AccountTx,
    store_id: StoreId,
    changes: &[&VariantChange],
    statement: &'static str,
) -> DbResult<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let periods: Vec<NaiveDate> = changes.iter().map(|(key, _)| key.day).collect();
    let variant_ids: Vec<Uuid> = changes
        .iter()
        .map(|(key, _)| VariantId::as_uuid(key.variant_id))
        .collect();
    let columns = MeasureColumns::of(changes.iter().map(|(_, measures)| measures));
    diesel::sql_query(statement)
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<SqlUuid, _>(store_id.as_uuid())
        .bind::<Array<Date>, _>(periods)
        .bind::<Array<SqlUuid>, _>(variant_ids)
        .bind::<Array<Nullable<Numeric>>, _>(columns.gross)
        .bind::<Array<Nullable<Numeric>>, _>(columns.discounts)
        .bind::<Array<Nullable<Numeric>>, _>(columns.returns)
        .bind::<Array<Nullable<Numeric>>, _>(columns.adjustments)
        .bind::<Array<Nullable<Numeric>>, _>(columns.tax)
        .bind::<Array<Nullable<Numeric>>, _>(columns.units)
        .bind::<Array<Nullable<Integer>>, _>(columns.orders)
        .execute(&mut **tx)
        .await
        .map_err(raced)?;
    Ok(())
}
