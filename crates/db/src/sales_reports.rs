//! Sums for revenue reports, read from the rollups and never from lines.
//!
//! Days come from `daily_sales`, products from whole months and the days at the ends, channels from the heads of orders. The
//! caller holds one snapshot over all of them, so that every series adds up to the totals.

mod channels;
mod columns;
mod customers;
mod month;
mod overview;
mod products;

pub use channels::by_channel;
pub use customers::{cohort_months, each_customer, gross_of_unknown};
pub use overview::{days_with_sales, top_products};
pub use products::{VariantName, VariantTurnover, by_variant, variant_names};

use chrono::NaiveDate;
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Date, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{
    id::StoreId,
    report::{Grouping, NamedTurnover, Turnover},
};

use crate::{AccountTx, DbResult, sales_reports::columns::MeasureColumns};

/// The days of one store that a report covers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SalesRange {
    /// The store.
    pub store_id: StoreId,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// Distinct known customers with a sale among the rows of a group.
const CUSTOMERS: &str = "count(DISTINCT customer_id) FILTER (
    WHERE customer_id <> '00000000-0000-0000-0000-000000000000' AND (gross > 0 OR orders > 0)) AS customers";

const IN_RANGE: &str =
    "FROM daily_sales WHERE account_id = $1 AND store_id = $2 AND day BETWEEN $3 AND $4";

#[derive(QueryableByName)]
struct TurnoverRow {
    #[diesel(embed)]
    measures: MeasureColumns,
    #[diesel(sql_type = BigInt)]
    customers: i64,
}

#[derive(QueryableByName)]
struct PeriodRow {
    #[diesel(sql_type = Date)]
    begins: NaiveDate,
    #[diesel(embed)]
    turnover: TurnoverRow,
}

#[derive(QueryableByName)]
struct NamedRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(embed)]
    turnover: TurnoverRow,
}

#[derive(QueryableByName)]
struct CustomerRow {
    #[diesel(sql_type = Text)]
    outside_id: String,
    #[diesel(embed)]
    measures: MeasureColumns,
}

impl From<TurnoverRow> for Turnover {
    fn from(row: TurnoverRow) -> Self {
        Self {
            measures: row.measures.into(),
            customers: Some(row.customers),
        }
    }
}

/// Sums the whole range.
///
/// # Errors
/// When the database is away.
pub async fn totals(tx: &mut AccountTx, range: SalesRange) -> DbResult<Turnover> {
    let sql = format!("SELECT {}, {CUSTOMERS} {IN_RANGE}", columns::DAILY_SUMS);
    let row: TurnoverRow = bound(tx, &sql, range).get_result(&mut **tx).await?;
    Ok(row.into())
}

/// Sums each period that has sales, by the first day of the whole period; nothing for groupings that are no periods.
///
/// # Errors
/// When the database is away.
pub async fn by_period(
    tx: &mut AccountTx,
    range: SalesRange,
    grouping: Grouping,
) -> DbResult<Vec<(NaiveDate, Turnover)>> {
    let begins = match grouping {
        Grouping::Day => "day",
        Grouping::Week => "date_trunc('week', day::timestamp)::date",
        Grouping::Month => "date_trunc('month', day::timestamp)::date",
        _ => return Ok(Vec::new()),
    };
    let sql = format!(
        "SELECT {begins} AS begins, {}, {CUSTOMERS} {IN_RANGE} GROUP BY 1",
        columns::DAILY_SUMS
    );
    let rows: Vec<PeriodRow> = bound(tx, &sql, range).load(&mut **tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.begins, row.turnover.into()))
        .collect())
}

/// Sums each country that has sales.
///
/// # Errors
/// When the database is away.
pub async fn by_country(tx: &mut AccountTx, range: SalesRange) -> DbResult<Vec<NamedTurnover>> {
    let sql = format!(
        "SELECT country AS name, {}, {CUSTOMERS} {IN_RANGE} GROUP BY 1",
        columns::DAILY_SUMS
    );
    let rows: Vec<NamedRow> = bound(tx, &sql, range).load(&mut **tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| NamedTurnover::by_name(Grouping::Country, row.name, row.turnover.into()))
        .collect())
}

/// Sums each customer by outside id; all sales to nobody known stand under the empty one.
///
/// # Errors
/// When the database is away.
pub async fn by_customer(tx: &mut AccountTx, range: SalesRange) -> DbResult<Vec<NamedTurnover>> {
    let sql = format!(
        "SELECT coalesce(customers.outside_id, '') AS outside_id, sums.*
           FROM (SELECT customer_id, {} {IN_RANGE} GROUP BY 1) AS sums
           LEFT JOIN customers ON customers.account_id = $1 AND customers.id = sums.customer_id",
        columns::DAILY_SUMS
    );
    let rows: Vec<CustomerRow> = bound(tx, &sql, range).load(&mut **tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let turnover = without_customers(row.measures);
            NamedTurnover::by_name(Grouping::Customer, row.outside_id, turnover)
        })
        .collect())
}

fn without_customers(measures: MeasureColumns) -> Turnover {
    Turnover {
        measures: measures.into(),
        customers: None,
    }
}

type Bound =
    diesel::query_builder::BoxedSqlQuery<'static, diesel::pg::Pg, diesel::query_builder::SqlQuery>;

/// Binds `$1` account, `$2` store, `$3` and `$4` the first and last day. Prepared anew at each call, which is wanted: the
/// server then plans for these very dates.
fn bound(tx: &AccountTx, sql: &str, range: SalesRange) -> Bound {
    diesel::sql_query(sql)
        .into_boxed()
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<SqlUuid, _>(range.store_id.as_uuid())
        .bind::<Date, _>(range.from)
        .bind::<Date, _>(range.to)
}
