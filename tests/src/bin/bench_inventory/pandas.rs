//! The analysis by pandas, in `tests/benches/inventory/analyse.py`.

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use suite_tests::{Client, TestApp};
use tokio::process::Command;

/// What the program says of one run: seconds, and the items that differ, by figure.
#[derive(Deserialize)]
pub(crate) struct Run {
    read: f64,
    computed: f64,
    written: f64,
    total: f64,
    items: usize,
    differing: BTreeMap<String, usize>,
}

/// Has pandas analyse the same store and compare its figures with those of `analysis`. `None` where it is not installed.
pub(crate) async fn analyse(
    app: &TestApp,
    merchant: &Client,
    (store, as_of): (&str, &str),
    analysis: &str,
) -> Result<Option<Run>> {
    let Some(home) = std::env::var_os("SUITE_PANDAS").filter(|home| !home.is_empty()) else {
        return Ok(None);
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/inventory/analyse.py");
    let account = merchant.account_id().to_string();
    let done = Command::new(PathBuf::from(home).join("bin/python"))
        .args([script, &account, store, as_of, analysis])
        .env("DATABASE_URL", app.database.url())
        .output()
        .await
        .context("the program starts")?;
    let told = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "pandas failed: {told}");
    Ok(Some(serde_json::from_slice(&done.stdout)?))
}

/// Prints the median run and how many times as long as ours it took.
pub(crate) fn compare(out: &mut impl Write, ours: f64, runs: &mut [Run]) -> Result<()> {
    runs.sort_by(|one, other| one.total.total_cmp(&other.total));
    let Some(run) = runs.get(runs.len() / 2) else {
        writeln!(out, "  pandas is not installed: nothing to compare with")?;
        return Ok(());
    };
    writeln!(
        out,
        "  pandas: median {:.2} s (read {:.2}, computed {:.2}, written {:.2}), {:.2} times ours; of {} items differ: {:?}",
        run.total,
        run.read,
        run.computed,
        run.written,
        run.total / ours,
        run.items,
        run.differing
    )?;
    Ok(())
}
