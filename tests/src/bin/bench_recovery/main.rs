//! Measures a backup and a recovery: `bin/bench recovery [--lines 2000000]`.
//!
//! A database with that many lines of orders is backed up to a bucket on this machine, read back, and restored into an empty
//! database; then every table is compared. Printed are rows, sizes, seconds, and the memory of the process that did it.

use std::{io::Write, time::Instant};

use anyhow::{Context, Result};
use clap::Parser;
use suite_core::{
    clock::Clock,
    config::{Purpose, Settings},
};
use suite_tests::{Memory, TestBucket, TestDb, memory_kib};
use suite_worker::backup::Backups;

#[derive(Parser)]
struct Arguments {
    /// Lines of orders; four of them make an order.
    #[arg(long, default_value_t = 2_000_000)]
    lines: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut out = std::io::stdout();
    let bucket = TestBucket::new().await;
    let source = TestDb::new().await;
    // Each call has a session of its own.
    let shop = shop(arguments.lines);
    source
        .sql(&format!("SET statement_timeout = 0; {shop}"))
        .await;
    let size = source
        .value("SELECT pg_size_pretty(pg_database_size(current_database()))")
        .await;
    writeln!(
        out,
        "{} lines of orders, a database of {size}",
        arguments.lines
    )?;
    let settings = settings(&source.url(), &bucket)?;
    let backups = Backups::of(&settings, &Clock::System)?.context("a bucket")?;
    let before = memory_mib();
    let begun = Instant::now();
    let manifest = backups.create(&|_| {}).await?;
    let mib = manifest.size_bytes / (1 << 20);
    writeln!(
        out,
        "backup, sums and reading back  {:>8.1} s  {} rows, {mib} MiB",
        begun.elapsed().as_secs_f64(),
        manifest.rows()
    )?;
    let target = TestDb::empty().await;
    let name = backups.newest().await?;
    let begun = Instant::now();
    let restored = backups.restore(&name, &target.url(), &|_| {}).await?;
    writeln!(
        out,
        "restore                        {:>8.1} s",
        restored.seconds
    )?;
    writeln!(
        out,
        "restore and comparison         {:>8.1} s",
        begun.elapsed().as_secs_f64()
    )?;
    writeln!(
        out,
        "memory, before and at its peak {before:>8} MiB {} MiB",
        memory_mib()
    )?;
    Ok(())
}

/// One merchant's orders of four lines each.
fn shop(lines: u64) -> String {
    let orders = lines / 4;
    format!(
        "INSERT INTO accounts (id, name, plan, trial_ends_at) VALUES ('0190d3c8-7c00-7000-8000-000000000001', 'x', 'pro', now());
         INSERT INTO stores (account_id, id, name, currency, timezone, platform)
         VALUES ('0190d3c8-7c00-7000-8000-000000000001', '0190d3c8-7c00-7000-8000-000000000002', 'x', 'GBP', 'UTC', 'manual');
         CREATE TEMPORARY TABLE made AS SELECT gen_random_uuid() AS id, n FROM generate_series(1, {orders}) n;
         INSERT INTO orders (account_id, id, store_id, number, channel, country, currency, placed_at, is_credit_note,
                             line_count, gross, discounts, returns, adjustments, tax, shipping, units)
         SELECT '0190d3c8-7c00-7000-8000-000000000001', id, '0190d3c8-7c00-7000-8000-000000000002', n::text, 'web', 'GB', 'GBP',
                now() - n * interval '1 minute', false, 4, n % 500, 0, 0, 0, n % 50, 5, n % 9 FROM made;
         INSERT INTO order_lines (account_id, order_id, position, variant_id, occurred_at, quantity, unit_price, event, title)
         SELECT '0190d3c8-7c00-7000-8000-000000000001', id, p, gen_random_uuid(), now() - n * interval '1 minute', 1 + n % 5,
                (n % 9000)::numeric / 100, 1, 'Enamel mug number ' || (n % 3000 * 7919 % 3000) FROM made, generate_series(1, 4) p"
    )
}

fn settings(url: &str, bucket: &TestBucket) -> Result<Settings> {
    let mut variables = vec![
        ("DATABASE_URL".to_owned(), url.to_owned()),
        (
            "ENCRYPTION_KEY".to_owned(),
            "a-key-that-only-this-bench-uses-0123456789".to_owned(),
        ),
    ];
    let of_bucket = bucket.variables().into_iter();
    variables.extend(of_bucket.map(|(name, value)| (name.to_owned(), value.to_owned())));
    Ok(Settings::from_variables(variables, Purpose::Command)?)
}

/// Returns the most memory that this process ever had.
fn memory_mib() -> u64 {
    memory_kib(std::process::id(), Memory::Peak).unwrap_or_default() / 1024
}
