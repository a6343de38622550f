//! Measures the full analysis of a store's stock, through its job: `bin/bench inventory`.
//!
//! A store of 50,000 variants, each with a level and a vendor, and a growing number of days of sales: the exponent tells how
//! the cost grows with them. Beside each, the same analysis by pandas over the same rows, which must come to the same figures.

mod pandas;

use std::io::Write;

use anyhow::{Context, Result, bail};
use serde_json::json;
use suite_core::job::Queue;
use suite_tests::{Client, TestApp};

const VARIANTS: u32 = 50_000;
/// Sums by variant and day, each of one or more lines.
const SALES: [u32; 3] = [100_000, 1_000_000, 3_000_000];
const TIMES: usize = 3;
const AS_OF: &str = "2026-03-01";

#[tokio::main]
async fn main() -> Result<()> {
    let app = TestApp::new().await;
    app.sql("SET statement_timeout = 0").await;
    let merchant = app.account().await;
    // One for all, as in life: a fresh one would open its connections within the first analysis.
    let worker = app.worker(&Queue::ALL).await;
    let mut out = std::io::stdout();
    let mut measured = Vec::new();
    for sales in SALES {
        let store = merchant.store("GBP", "Europe/London").await;
        furnish(&app, &merchant, &store, sales).await;
        let (mut times, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            let (analysis, took) = analyse(&app, &merchant, &store).await?;
            times.push(took);
            theirs.extend(pandas::analyse(&app, &merchant, (&store, AS_OF), &analysis).await?);
        }
        times.sort_by(f64::total_cmp);
        let median = times[TIMES / 2];
        writeln!(
            out,
            "{VARIANTS} variants, {sales:>8} sums of sales: median {median:.2} s of {times:.2?}"
        )?;
        pandas::compare(&mut out, median, &mut theirs)?;
        measured.push((f64::from(sales), median));
    }
    if let (Some((few, short)), Some((many, long))) = (measured.first(), measured.last()) {
        let exponent = (long / short).ln() / (many / few).ln();
        writeln!(out, "exponent over the sums of sales: {exponent:.2}")?;
    }
    worker.stop().await;
    Ok(())
}

/// Writes a catalogue, levels with their ledger, a vendor and sales over two years, at once.
async fn furnish(app: &TestApp, merchant: &Client, store: &str, sales: u32) {
    let account = merchant.account_id();
    let key = format!("'{account}'::uuid, '{store}'::uuid");
    let id = |column: &str| format!("md5('{store}' || {column}::text)::uuid");
    let vendor = json!({"store_id": store, "name": "Mill", "lead_time_days": 9});
    merchant
        .post("/v1/vendors", &vendor)
        .await
        .assert_status(201);
    let location = format!("(SELECT id FROM locations WHERE store_id = '{store}' LIMIT 1)");
    for statement in [
        format!(
            "INSERT INTO products (account_id, store_id, id, handle, title)
             SELECT {key}, {}, 'P' || n, 'P' || n FROM generate_series(1, {VARIANTS}) n",
            id("n")
        ),
        format!(
            "INSERT INTO variants (account_id, store_id, id, product_id, sku, title, price, cost)
             SELECT {key}, {0}, {0}, 'P' || n, 'P' || n, 2.5, 1.5 FROM generate_series(1, {VARIANTS}) n",
            id("n")
        ),
        format!(
            "INSERT INTO stock_levels (account_id, store_id, variant_id, location_id, on_hand)
             SELECT {key}, {}, {location}, n % 400 FROM generate_series(1, {VARIANTS}) n",
            id("n")
        ),
        format!(
            "INSERT INTO stock_movements (account_id, store_id, id, variant_id, location_id, quantity, before, after, reason,
                                          source, source_ref, source_line, actor, occurred_at, unit_cost)
             SELECT {key}, gen_random_uuid(), {}, {location}, n % 400, 0, n % 400, 'count', 'count', 'x', n::text, 'bench',
                    '2026-01-10T10:00:00Z', 1.5
             FROM generate_series(1, {VARIANTS}) n WHERE n % 400 > 0",
            id("n")
        ),
        format!(
            "INSERT INTO supplier_prices (account_id, store_id, variant_id, vendor_id, price, minimum_quantity, pack_size)
             SELECT {key}, {}, (SELECT id FROM vendors WHERE store_id = '{store}'), 1.4, 10, 6
             FROM generate_series(1, {VARIANTS}) n",
            id("n")
        ),
        // The days go round once a variant has had its turn, so that each variant sells on days spread over two years.
        format!(
            "INSERT INTO daily_product_sales (account_id, store_id, day, variant_id, units, gross, orders)
             SELECT {key}, '2026-03-01'::date - ((n / {VARIANTS} * 37 + n % {VARIANTS} * 11) % 728), {},
                    1 + n % 7, (1 + n % 7) * 2.5, 1
             FROM generate_series(0, {sales} - 1) n ON CONFLICT DO NOTHING",
            id(&format!("(1 + n % {VARIANTS})"))
        ),
    ] {
        app.sql(&statement).await;
    }
    app.sql("VACUUM ANALYZE").await;
}

/// Has the store analysed; returns the id of the analysis and how long its job ran, in seconds.
async fn analyse(app: &TestApp, merchant: &Client, store: &str) -> Result<(String, f64)> {
    let terms = json!({"store_id": store, "as_of": AS_OF});
    let started = merchant
        .post("/v1/inventory/analyses", &terms)
        .await
        .expect(202);
    app.wait_until_quiet().await;
    let job = started.json()["id"].to_string();
    let row = app
        .sql(&format!(
            "SELECT result->>'analysis_id', extract(epoch FROM finished_at - started_at)
               FROM jobs WHERE id = '{}' AND state = 'succeeded'",
            job.trim_matches('"')
        ))
        .await
        .pop()
        .context("the analysis did not succeed")?;
    let [analysis, took] = row.as_slice() else {
        bail!("two columns were asked for")
    };
    Ok((analysis.clone(), took.parse()?))
}
