use chrono::NaiveDate;
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Date, Numeric, Text},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::report::{CohortMonth, CustomerSales};

use super::{SalesRange, bound, columns};
use crate::{AccountTx, DbResult, sales_reports::columns::MeasureColumns};

#[derive(QueryableByName)]
struct CustomerRow {
    #[diesel(sql_type = Text)]
    outside_id: String,
    #[diesel(sql_type = Text)]
    country: String,
    #[diesel(sql_type = Date)]
    first_day: NaiveDate,
    #[diesel(sql_type = Date)]
    last_day: NaiveDate,
    #[diesel(embed)]
    measures: MeasureColumns,
}

#[derive(QueryableByName)]
struct AmountRow {
    #[diesel(sql_type = Numeric)]
    amount: Decimal,
}

#[derive(QueryableByName)]
struct CohortRow {
    #[diesel(sql_type = Date)]
    cohort: NaiveDate,
    #[diesel(sql_type = Date)]
    month: NaiveDate,
    #[diesel(sql_type = BigInt)]
    customers: i64,
    #[diesel(sql_type = Numeric)]
    gross: Decimal,
}

/// Returns each known customer who bought something in the range, with all that the range says of them.
///
/// # Errors
/// When the database is away.
pub async fn each_customer(tx: &mut AccountTx, range: SalesRange) -> DbResult<Vec<CustomerSales>> {
    let sql = format!(
        "SELECT customers.outside_id, customers.country, sums.*
           FROM (SELECT customer_id, {},
                        min(day) FILTER (WHERE gross > 0 OR orders > 0) AS first_day,
                        max(day) FILTER (WHERE gross > 0 OR orders > 0) AS last_day
                   FROM daily_sales
                  WHERE account_id = $1 AND store_id = $2 AND day BETWEEN $3 AND $4
                    AND customer_id <> '00000000-0000-0000-0000-000000000000'
                  GROUP BY 1
                 HAVING count(*) FILTER (WHERE gross > 0 OR orders > 0) > 0) AS sums
           JOIN customers ON customers.account_id = $1 AND customers.id = sums.customer_id",
        columns::DAILY_SUMS
    );
    let rows: Vec<CustomerRow> = bound(tx, &sql, range).load(&mut **tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| CustomerSales {
            outside_id: row.outside_id,
            country: row.country,
            first_day: row.first_day,
            last_day: row.last_day,
            measures: row.measures.into(),
        })
        .collect())
}

/// Returns the gross of sales to nobody known.
///
/// # Errors
/// When the database is away.
pub async fn gross_of_unknown(tx: &mut AccountTx, range: SalesRange) -> DbResult<Decimal> {
    let sql = "SELECT coalesce(sum(gross), 0) AS amount FROM daily_sales
                WHERE account_id = $1 AND store_id = $2 AND day BETWEEN $3 AND $4
                  AND customer_id = '00000000-0000-0000-0000-000000000000'";
    let row: AmountRow = bound(tx, sql, range).get_result(&mut **tx).await?;
    Ok(row.amount)
}

/// Returns how many customers whose first purchase ever lies in the range bought in each month of it.
///
/// # Errors
/// When the database is away.
pub async fn cohort_months(tx: &mut AccountTx, range: SalesRange) -> DbResult<Vec<CohortMonth>> {
    let sql = "WITH firsts AS MATERIALIZED (
             SELECT customer_id, min(day) AS first_day
               FROM daily_sales
              WHERE account_id = $1 AND store_id = $2 AND day <= $4 AND (gross > 0 OR orders > 0)
                AND customer_id <> '00000000-0000-0000-0000-000000000000'
              GROUP BY 1
             HAVING min(day) >= $3)
         SELECT date_trunc('month', firsts.first_day::timestamp)::date AS cohort,
                date_trunc('month', sales.day::timestamp)::date AS month,
                count(DISTINCT sales.customer_id) AS customers, coalesce(sum(sales.gross), 0) AS gross
           FROM daily_sales sales JOIN firsts USING (customer_id)
          WHERE sales.account_id = $1 AND sales.store_id = $2 AND sales.day BETWEEN $3 AND $4
            AND (sales.gross > 0 OR sales.orders > 0)
          GROUP BY 1, 2";
    let rows: Vec<CohortRow> = bound(tx, sql, range).load(&mut **tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| CohortMonth {
            cohort: row.cohort,
            month: row.month,
            customers: row.customers,
            gross: row.gross,
        })
        .collect())
}
