//! What the suite is compared with: what PostgreSQL alone needs for the same rows and the same sums.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use chrono::NaiveDate;
use futures_util::SinkExt;
use rust_decimal::Decimal;
use suite_core::report::{Grouping, RevenueResult, SeriesRow};

use crate::{figures::median, stand::Stand};

const TIMES: u32 = 3;
const PIECE_BYTES: usize = 256 * 1024;

/// Loads the file's columns into one table without an index, from memory.
pub(crate) async fn copy(stand: &Stand, csv: &[u8]) -> Result<Duration> {
    let csv = Bytes::copy_from_slice(csv);
    let mut times = Vec::new();
    for _ in 0..TIMES {
        stand
            .plain
            .batch_execute(
                "DROP TABLE IF EXISTS bare;
                 CREATE TABLE bare (invoice text, sku text, description text, quantity integer,
                     invoiced_at timestamp, price numeric, customer text, country text)",
            )
            .await?;
        let started = Instant::now();
        let sink = stand
            .plain
            .copy_in("COPY bare FROM STDIN (FORMAT csv, HEADER)")
            .await?;
        let mut sink = std::pin::pin!(sink);
        for start in (0..csv.len()).step_by(PIECE_BYTES) {
            let end = (start + PIECE_BYTES).min(csv.len());
            sink.feed(csv.slice(start..end)).await?;
        }
        sink.finish().await?;
        times.push(started.elapsed());
    }
    stand.plain.batch_execute("DROP TABLE bare").await?;
    Ok(median(&mut times))
}

/// Sums the lines by month, by product and by country without any rollup, and checks that the report says the same.
pub(crate) async fn group_by(stand: &Stand, report: &RevenueResult) -> Result<Duration> {
    // As friendly to the lines as can be: no row-level security, no gaps, fresh statistics, no compilation.
    stand
        .plain
        .batch_execute(
            "CREATE TABLE plain_lines AS TABLE order_lines;
             ALTER TABLE plain_lines ADD PRIMARY KEY (account_id, order_id, position);
             CREATE TABLE plain_orders AS TABLE orders;
             ALTER TABLE plain_orders ADD PRIMARY KEY (account_id, id)",
        )
        .await?;
    for table in ["plain_lines", "plain_orders"] {
        stand
            .plain
            .batch_execute(&format!("VACUUM ANALYZE {table}"))
            .await?;
    }
    stand.plain.batch_execute("SET jit = off").await?;
    let month = "to_char(lines.occurred_at AT TIME ZONE 'Europe/London', 'YYYY-MM')";
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let mut taken = Duration::ZERO;
        for (grouping, key) in [
            (Grouping::Month, month),
            (Grouping::Product, "lines.variant_id::text"),
            (Grouping::Country, "orders.country"),
        ] {
            let sql = statement(stand, report, key);
            let started = Instant::now();
            let rows = stand.plain.query(&sql, &[]).await?;
            taken += started.elapsed();
            compare(stand, grouping, &rows, report).await?;
        }
        times.push(taken);
    }
    Ok(median(&mut times))
}

fn statement(stand: &Stand, report: &RevenueResult, key: &str) -> String {
    format!(
        "SELECT {key} AS key,
                coalesce(sum(quantity * unit_price) FILTER (WHERE event = 1), 0)::text AS gross,
                coalesce(-sum(quantity * unit_price) FILTER (WHERE event = 2), 0)::text AS returns,
                coalesce(sum(quantity) FILTER (WHERE event = 1), 0)::text AS units,
                count(DISTINCT order_id) FILTER (WHERE event = 1) AS orders
           FROM plain_lines AS lines
           JOIN plain_orders AS orders ON orders.account_id = lines.account_id AND orders.id = lines.order_id
          WHERE orders.account_id = '{}' AND orders.store_id = '{}'
            AND lines.occurred_at >= '{}'::timestamp AT TIME ZONE 'Europe/London'
            AND lines.occurred_at < ('{}'::timestamp + interval '1 day') AT TIME ZONE 'Europe/London'
          GROUP BY 1",
        stand.account_id, stand.store_id, report.from, report.to
    )
}

type Sums = (Decimal, Decimal, Decimal);

async fn compare(
    stand: &Stand,
    grouping: Grouping,
    rows: &[tokio_postgres::Row],
    report: &RevenueResult,
) -> Result<()> {
    let skus = stand.skus().await?;
    let mut plain = BTreeMap::new();
    for row in rows {
        let key: String = row.get("key");
        let key = match grouping {
            Grouping::Product => skus.get(&key).context("an unknown variant")?.clone(),
            _ => key,
        };
        let number = |name| row.get::<_, &str>(name).parse::<Decimal>();
        plain.insert(
            key,
            (number("gross")?, number("returns")?, number("units")?),
        );
    }
    let ours = report
        .series
        .get(&grouping)
        .context("a series is missing")?;
    let mut ours: BTreeMap<String, Sums> = ours.iter().map(sums).collect::<Result<_>>()?;
    // What was sold in exchange for nothing is left out of one and listed by the other.
    let says_something = |_: &String, sums: &mut Sums| *sums != Sums::default();
    ours.retain(says_something);
    plain.retain(says_something);
    ensure!(
        plain == ours,
        "the report by {} and the plain sums differ",
        grouping.name()
    );
    Ok(())
}

fn sums(row: &SeriesRow) -> Result<(String, Sums)> {
    let figures = &row.figures;
    let sums = (
        figures.gross.parse()?,
        figures.returns.parse()?,
        figures.units.parse()?,
    );
    Ok((row.key.clone(), sums))
}

impl Stand {
    /// Returns the SKU of each variant, by its id as text.
    async fn skus(&self) -> Result<BTreeMap<String, String>> {
        let rows = self
            .plain
            .query("SELECT id::text, sku FROM variants", &[])
            .await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    pub(crate) async fn first_day(&self) -> Result<NaiveDate> {
        self.day("min").await
    }

    pub(crate) async fn last_day(&self) -> Result<NaiveDate> {
        self.day("max").await
    }

    async fn day(&self, which: &str) -> Result<NaiveDate> {
        let sql = format!("SELECT {which}(day)::text FROM daily_sales");
        let row = self.plain.query_one(&sql, &[]).await?;
        let day: Option<String> = row.get(0);
        Ok(day.context("nothing was imported")?.parse()?)
    }
}
