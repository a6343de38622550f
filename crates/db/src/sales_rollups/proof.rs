//! The sums added up again from the lines: what differs is found without a lock, and written anew month by month.

use chrono::{Months, NaiveDate};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Date, Numeric, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{Error, id::StoreId};

use crate::{AccountTx, DbResult};

/// No sale is older than the first of these days, and none as late as the second: imports refuse them.
const DAYS: [(i32, u32, u32); 2] = [(1900, 1, 1), (2200, 1, 1)];
/// A month is added up and written within this time: the store's imports wait for it.
const TIMEOUT: &str = "SET LOCAL statement_timeout = '5min'";
/// The most differences that are told of a month; all are mended.
const TOLD: i32 = 20;

/// A table of sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rollup {
    /// By day, country and customer.
    DailySales,
    /// By day and variant.
    DailyProductSales,
    /// By month and variant.
    MonthlyProductSales,
}

/// What a comparison says of one month of a table.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct MonthProof {
    /// Its first day.
    #[diesel(sql_type = Date)]
    pub month: NaiveDate,
    /// Rows that are there or should be.
    #[diesel(sql_type = BigInt)]
    pub rows: i64,
    /// Rows that say something else than the lines, are missing, or should not be.
    #[diesel(sql_type = BigInt)]
    pub differing: i64,
}

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct RowDifference {
    /// Day or month, and of what.
    #[diesel(sql_type = Text)]
    pub key: String,
    /// The gross that the row says.
    #[diesel(sql_type = Numeric)]
    pub stored_gross: Decimal,
    /// The gross that the lines add up to.
    #[diesel(sql_type = Numeric)]
    pub gross: Decimal,
    /// The orders that the row says.
    #[diesel(sql_type = BigInt)]
    pub stored_orders: i64,
    /// The orders that the lines add up to.
    #[diesel(sql_type = BigInt)]
    pub orders: i64,
}

impl Rollup {
    /// All tables.
    pub const ALL: [Self; 3] = [
        Self::DailySales,
        Self::DailyProductSales,
        Self::MonthlyProductSales,
    ];

    /// Returns the table's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DailySales => "daily_sales",
            Self::DailyProductSales => "daily_product_sales",
            Self::MonthlyProductSales => "monthly_product_sales",
        }
    }

    const fn parts(self) -> &'static Parts {
        match self {
            Self::DailySales => &BY_BUYER,
            Self::DailyProductSales => &BY_DAY,
            Self::MonthlyProductSales => &BY_MONTH,
        }
    }
}

/// What the statements of the three tables differ in.
struct Parts {
    table: &'static str,
    /// The column of the period, and how it is made of a time in the store's zone.
    period: &'static str,
    of_time: &'static str,
    /// The columns that a row is known by beside the period, and what they are of a line.
    keys: &'static str,
    of_line: &'static str,
    measures: &'static [&'static str],
}

const MEASURES: &[&str] = &[
    "gross",
    "discounts",
    "returns",
    "adjustments",
    "tax",
    "units",
    "orders",
];

const BY_BUYER: Parts = Parts {
    table: "daily_sales",
    period: "day",
    of_time: "($time AT TIME ZONE $3)::date",
    keys: "country, customer_id",
    of_line: "orders.country, coalesce(orders.customer_id, '00000000-0000-0000-0000-000000000000') AS customer_id",
    measures: &[
        "gross",
        "discounts",
        "returns",
        "adjustments",
        "tax",
        "units",
        "orders",
        "shipping",
    ],
};
const BY_DAY: Parts = Parts {
    table: "daily_product_sales",
    period: "day",
    of_time: "($time AT TIME ZONE $3)::date",
    keys: "variant_id",
    of_line: "line.variant_id",
    measures: MEASURES,
};
const BY_MONTH: Parts = Parts {
    table: "monthly_product_sales",
    period: "month",
    of_time: "date_trunc('month', $time AT TIME ZONE $3)::date",
    keys: "variant_id",
    of_line: "line.variant_id",
    measures: MEASURES,
};

impl Parts {
    fn list(&self, each: impl Fn(&str) -> String) -> String {
        let all: Vec<String> = self.measures.iter().map(|name| each(name)).collect();
        all.join(", ")
    }

    fn period_of(&self, time: &str) -> String {
        self.of_time.replace("$time", time)
    }

    /// The common table expressions `added` and `stored`, both with every measure, of the periods from $4 until before $5.
    ///
    /// An order counts in the period of its first sale, and for a variant in that of its first sale of it, as when the sums
    /// were written ([`suite_core::invoice_lines::Deltas`]). Shipping belongs to the day of the order.
    fn added_and_stored(&self) -> String {
        let Self {
            table,
            period,
            keys,
            of_line,
            ..
        } = self;
        let of_line_time = self.period_of("line.occurred_at");
        let (shipping, no_shipping, of_orders) = if self.measures.contains(&"shipping") {
            let of_order_time = self.period_of("orders.placed_at");
            let of_orders = format!(
                "UNION ALL SELECT {of_order_time}, {of_line}, 0, 0, 0, 0, 0, 0, 0, shipping FROM orders \
                 WHERE account_id = $1 AND store_id = $2 AND shipping <> 0"
            );
            (", 0 AS shipping", ", 0", of_orders)
        } else {
            ("", "", String::new())
        };
        format!(
            "WITH lines AS MATERIALIZED ( \
               SELECT line.order_id, {of_line_time} AS period, {of_line}, line.event, line.quantity, \
                      line.quantity * line.unit_price AS amount, coalesce(line.discount, 0) AS discount, \
                      coalesce(line.tax, 0) AS tax \
               FROM orders JOIN order_lines AS line ON line.account_id = $1 AND line.order_id = orders.id \
               WHERE orders.account_id = $1 AND orders.store_id = $2), \
             parts AS ( \
               SELECT period, {keys}, CASE event WHEN 1 THEN amount ELSE 0 END AS gross, \
                      CASE event WHEN 1 THEN discount WHEN 2 THEN -discount ELSE 0 END AS discounts, \
                      CASE event WHEN 2 THEN -amount ELSE 0 END AS returns, \
                      CASE event WHEN 3 THEN amount ELSE 0 END AS adjustments, \
                      CASE event WHEN 1 THEN tax WHEN 2 THEN -tax ELSE 0 END AS tax, \
                      CASE event WHEN 1 THEN quantity ELSE 0 END AS units, 0 AS orders{shipping} FROM lines \
               UNION ALL SELECT min(period), {keys}, 0, 0, 0, 0, 0, 0, 1{no_shipping} FROM lines WHERE event = 1 \
                         GROUP BY order_id, {keys} \
               {of_orders}), \
             added AS ( \
               SELECT period, {keys}, {sums} FROM parts WHERE period >= $4 AND period < $5 GROUP BY period, {keys}), \
             stored AS ( \
               SELECT {period} AS period, {keys}, {values} FROM {table} \
               WHERE account_id = $1 AND store_id = $2 AND {period} >= $4 AND {period} < $5)",
            sums = self.list(|name| format!("sum({name}) AS {name}")),
            values = self.list(|name| format!("coalesce({name}, 0) AS {name}")),
        )
    }

    /// Rows of both sides that say something, with whether they differ. A row of zeros is as good as none.
    fn compared(&self) -> String {
        let side = |side: &str| self.list(|name| format!("coalesce({side}.{name}, 0)"));
        let (added, stored) = (side("added"), side("stored"));
        let zeros = self.list(|_| "0".to_owned());
        format!(
            "{both}, compared AS ( \
               SELECT period, {keys}, ({added}) IS DISTINCT FROM ({stored}) AS differs, \
                      coalesce(stored.gross, 0) AS stored_gross, coalesce(added.gross, 0) AS gross, \
                      coalesce(stored.orders, 0)::bigint AS stored_orders, coalesce(added.orders, 0)::bigint AS orders \
               FROM added FULL JOIN stored USING (period, {keys}) \
               WHERE ({added}) <> ({zeros}) OR ({stored}) <> ({zeros}))",
            both = self.added_and_stored(),
            keys = self.keys,
        )
    }
}

macro_rules! bound {
    ($statement:expr, $tx:expr, $store_id:expr, $zone:expr, $from:expr, $to:expr) => {
        sql_query($statement)
            .bind::<SqlUuid, _>($tx.account_id().as_uuid())
            .bind::<SqlUuid, _>($store_id.as_uuid())
            .bind::<Text, _>($zone.name())
            .bind::<Date, _>($from)
            .bind::<Date, _>($to)
    };
}

/// Compares all rows of a table with the lines, and says month by month how many there are and how many differ. Holds nothing.
///
/// # Errors
/// When the server is away.
pub async fn compare(
    tx: &mut AccountTx,
    store_id: StoreId,
    zone: chrono_tz::Tz,
    rollup: Rollup,
) -> DbResult<Vec<MonthProof>> {
    let statement = format!(
        "{} SELECT date_trunc('month', period)::date AS month, count(*) AS rows, \
                   count(*) FILTER (WHERE differs) AS differing FROM compared GROUP BY 1 ORDER BY 1",
        rollup.parts().compared()
    );
    let [from, to] = DAYS.map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day));
    let days = from.zip(to).ok_or_else(|| Error::internal("no such day"));
    let (from, to) = days?;
    Ok(bound!(statement, tx, store_id, zone, from, to)
        .load(&mut **tx)
        .await?)
}

/// Keeps everybody else from writing sales into the store until the transaction ends: who imports holds the store as well.
///
/// # Errors
/// When the server is away, or the store is gone.
pub async fn close_store(tx: &mut AccountTx, store_id: StoreId) -> DbResult<()> {
    sql_query(TIMEOUT).execute(&mut **tx).await?;
    let held = sql_query(
        "SELECT 1 FROM stores WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .execute(&mut **tx)
    .await?;
    if held == 0 {
        return Err(Error::NotFound { what: "store" }.into());
    }
    Ok(())
}

/// Writes one month of a table anew, as the lines add up, in a store that is closed; returns how many rows differed and the
/// first of them.
///
/// # Errors
/// When the server is away.
pub async fn mend(
    tx: &mut AccountTx,
    store_id: StoreId,
    zone: chrono_tz::Tz,
    (rollup, month): (Rollup, NaiveDate),
) -> DbResult<(i64, Vec<RowDifference>)> {
    let parts = rollup.parts();
    let next = month.checked_add_months(Months::new(1));
    let next = next.ok_or_else(|| Error::internal("a month without a next one"))?;
    let key = parts.keys.replace(", ", ", ' ', ");
    let told = format!(
        "{} SELECT concat(period, ' ', {key}) AS key, stored_gross, gross, stored_orders, orders FROM compared \
         WHERE differs ORDER BY 1 LIMIT {TOLD}",
        parts.compared()
    );
    let told: Vec<RowDifference> = bound!(told, tx, store_id, zone, month, next)
        .load(&mut **tx)
        .await?;
    let count = format!(
        "{} SELECT $4 AS month, count(*) AS rows, count(*) FILTER (WHERE differs) AS differing FROM compared",
        parts.compared()
    );
    let count: MonthProof = bound!(count, tx, store_id, zone, month, next)
        .get_result(&mut **tx)
        .await?;
    let Parts {
        table,
        period,
        keys,
        ..
    } = parts;
    sql_query(format!(
        "DELETE FROM {table} WHERE account_id = $1 AND store_id = $2 AND {period} >= $3 AND {period} < $4"
    ))
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Date, _>(month)
    .bind::<Date, _>(next)
    .execute(&mut **tx)
    .await?;
    let write = format!(
        "INSERT INTO {table} (account_id, store_id, {period}, {keys}, {names}) {both} \
         SELECT $1, $2, period, {keys}, {values} FROM added WHERE ({names}) <> ({zeros})",
        names = parts.measures.join(", "),
        both = parts.added_and_stored(),
        values = parts.list(|name| format!("nullif({name}, 0)")),
        zeros = parts.list(|_| "0".to_owned()),
    );
    bound!(write, tx, store_id, zone, month, next)
        .execute(&mut **tx)
        .await?;
    Ok((count.differing, told))
}
