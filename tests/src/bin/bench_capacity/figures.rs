//! What the database and Redis know of a day.

use std::io::Write;

use anyhow::{Context, Result};
use suite_tests::TestApp;

/// Writes how long jobs waited: over all, and for the merchant who waited longest.
pub(crate) async fn write_waits(app: &TestApp, since: &str, out: &mut impl Write) -> Result<()> {
    let rows = app
        .sql(&format!(
            "WITH waits AS (
                 SELECT queue, account_id, extract(epoch FROM started_at - greatest(created_at, run_at)) * 1000 AS wait,
                        extract(epoch FROM finished_at - started_at) * 1000 AS run, state
                 FROM jobs WHERE created_at >= '{since}' AND started_at IS NOT NULL),
             merchants AS (
                 SELECT queue, account_id, percentile_cont(0.95) WITHIN GROUP (ORDER BY wait) AS p95
                 FROM waits GROUP BY queue, account_id)
             SELECT queue, count(*)::text,
                    round(percentile_cont(0.5) WITHIN GROUP (ORDER BY run)::numeric, 1)::text,
                    round(percentile_cont(0.5) WITHIN GROUP (ORDER BY wait)::numeric, 1)::text,
                    round(percentile_cont(0.95) WITHIN GROUP (ORDER BY wait)::numeric, 1)::text,
                    round(percentile_cont(0.99) WITHIN GROUP (ORDER BY wait)::numeric, 1)::text,
                    round((SELECT max(p95) FROM merchants WHERE merchants.queue = waits.queue)::numeric, 1)::text,
                    count(*) FILTER (WHERE state <> 'succeeded')::text
             FROM waits GROUP BY queue ORDER BY queue"
        ))
        .await;
    let titles = [
        "queue",
        "jobs",
        "run p50",
        "wait p50",
        "wait p95",
        "wait p99",
        "worst p95",
        "not well",
    ];
    writeln!(
        out,
        "\njobs, in ms; \"worst p95\" is that of the merchant who waited longest"
    )?;
    for row in std::iter::once(titles.map(str::to_owned).to_vec()).chain(rows) {
        let (first, rest) = row.split_first().context("a row has columns")?;
        let rest: String = rest.iter().map(|cell| format!("{cell:>12}")).collect();
        writeln!(out, "{first:<14}{rest}")?;
    }
    Ok(())
}

/// Writes how large the database and Redis are.
pub(crate) async fn write_sizes(app: &TestApp, out: &mut impl Write) -> Result<()> {
    let database = app
        .value("SELECT (pg_database_size(current_database()) >> 20)::text")
        .await;
    let connections =
        "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database()";
    let connections = app.value(connections).await;
    let mut redis = app.redis.connect().await;
    let info: String = redis::cmd("INFO")
        .arg("memory")
        .query_async(&mut redis)
        .await?;
    let used = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory_human:"));
    writeln!(
        out,
        "\nPostgreSQL {database} MiB, {connections} connections; Redis {}",
        used.unwrap_or("unknown").trim()
    )?;
    Ok(())
}
