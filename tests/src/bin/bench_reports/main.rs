//! Measures every kind of report through its job, and its files over HTTP: `bin/bench reports [LINES…]`.
//!
//! Stores of 50,000 variants with a growing number of order lines: the exponent tells how the cost grows with them.

mod furnish;

use std::{io::Write, time::Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use suite_core::job::Queue;
use suite_tests::{Client, TestApp};

use furnish::{Size, furnish};

const LINES: [u32; 3] = [100_000, 1_000_000, 3_000_000];
const VARIANTS: u32 = 50_000;
/// Rows of the spreadsheet.
const WIDE: u32 = 100_000;
const TIMES: usize = 3;

/// A report, and how long it may take with a million lines, in seconds.
struct Asked {
    name: &'static str,
    body: Value,
    goal: Option<f64>,
}

fn asked() -> Vec<Asked> {
    let asked = |name, kind: &str, group_by: &[&str], goal| Asked {
        name,
        body: json!({"kind": kind, "from": "2025-03-01", "to": "2026-02-28", "group_by": group_by}),
        goal,
    };
    let mut month = asked(
        "a month's revenue by product",
        "revenue",
        &["product"],
        Some(0.2),
    );
    month.body["from"] = "2026-01-01".into();
    month.body["to"] = "2026-01-31".into();
    vec![
        month,
        asked(
            "a year's revenue by product and month",
            "revenue",
            &["month", "product"],
            None,
        ),
        asked(
            "revenue by every grouping",
            "revenue",
            &[
                "day", "week", "month", "product", "vendor", "country", "channel", "customer",
            ],
            None,
        ),
        asked("products", "products", &[], None),
        asked("customers (RFM)", "customers", &[], Some(2.0)),
        asked("cohorts", "cohorts", &[], Some(2.0)),
        asked("inventory value", "inventory_value", &[], None),
        asked("sell-through", "sell_through", &[], None),
        asked("reorder", "reorder", &[], None),
    ]
}

#[tokio::main]
async fn main() -> Result<()> {
    let given: Result<Vec<u32>, _> = std::env::args().skip(1).map(|text| text.parse()).collect();
    let mut lines = given.context("arguments are numbers of lines")?;
    if lines.is_empty() {
        lines = LINES.into();
    }
    let app = TestApp::new().await;
    let merchant = app.account().await;
    // One for all, as in life: a fresh one would open its connections within the first report.
    let worker = app.worker(&Queue::ALL).await;
    let mut out = std::io::stdout();
    let mut measured: Vec<Vec<f64>> = vec![Vec::new(); asked().len()];
    for &lines in &lines {
        let store = merchant.store("GBP", "Europe/London").await;
        furnish(
            &app,
            &merchant,
            &store,
            Size {
                lines,
                variants: VARIANTS.min(lines),
            },
        )
        .await;
        writeln!(out, "{lines} lines:")?;
        for (times, asked) in measured.iter_mut().zip(asked()) {
            let median = report(&app, &merchant, &store, &asked).await?;
            times.push(median);
            let verdict = match asked.goal {
                Some(goal) if lines == 1_000_000 && median > goal => {
                    format!("  TOO SLOW: the goal is {goal} s")
                }
                Some(goal) => format!("  (goal at a million lines: {goal} s)"),
                None => String::new(),
            };
            writeln!(out, "  {:<38} {median:>7.3} s{verdict}", asked.name)?;
        }
    }
    if let (Some(&few), Some(&many)) = (lines.first(), lines.last())
        && few < many
    {
        for (times, asked) in measured.iter().zip(asked()) {
            if let (Some(short), Some(long)) = (times.first(), times.last()) {
                let exponent = (long / short).ln() / (f64::from(many) / f64::from(few)).ln();
                writeln!(
                    out,
                    "exponent over the lines, {:<38} {exponent:.2}",
                    asked.name
                )?;
            }
        }
    }
    files(&app, &merchant, &mut out).await?;
    worker.stop().await;
    Ok(())
}

/// Returns the median of how long the job ran, in seconds.
async fn report(app: &TestApp, merchant: &Client, store: &str, asked: &Asked) -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let (job, _) = make(app, merchant, store, &asked.body).await?;
        let took = format!(
            "SELECT extract(epoch FROM finished_at - started_at)::text FROM jobs WHERE id = '{job}' AND state = 'succeeded'"
        );
        let took = app.value(&took).await;
        times.push(
            took.parse::<f64>()
                .with_context(|| format!("{} did not succeed", asked.name))?,
        );
    }
    times.sort_by(f64::total_cmp);
    Ok(times[TIMES / 2])
}

/// Has a report made; returns the ids of its job and its own.
async fn make(
    app: &TestApp,
    merchant: &Client,
    store: &str,
    body: &Value,
) -> Result<(String, String)> {
    let mut body = body.clone();
    body["store_id"] = store.into();
    let job = merchant.post("/v1/reports", &body).await.expect(202);
    app.wait_until_quiet().await;
    let done = merchant
        .get(job.header("location"))
        .await
        .expect(200)
        .json();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let job = text(&done["id"]).context("a job has an id")?;
    let report = text(&done["result"]["report_id"]).context("the job did not succeed")?;
    Ok((job, report))
}

/// Downloads a report of many rows in every format.
async fn files(app: &TestApp, merchant: &Client, out: &mut impl Write) -> Result<()> {
    let store = merchant.store("GBP", "Europe/London").await;
    furnish(
        app,
        merchant,
        &store,
        Size {
            lines: WIDE,
            variants: WIDE,
        },
    )
    .await;
    let body = json!({"kind": "revenue", "from": "2025-03-01", "to": "2026-02-28", "group_by": ["product"]});
    let (_, report) = make(app, merchant, &store, &body).await?;
    for format in ["xlsx", "csv", "json", "pdf"] {
        let started = Instant::now();
        let file = merchant
            .get(&format!("/v1/reports/{report}/file?format={format}"))
            .await
            .expect(200);
        let (took, size) = (started.elapsed().as_secs_f64(), file.body.len());
        let goal = if format == "xlsx" {
            "  (goal: 3 s)"
        } else {
            ""
        };
        writeln!(
            out,
            "{format:>4} of {WIDE} rows: {took:.2} s, {size} bytes{goal}"
        )?;
    }
    Ok(())
}
