//! Breaks everything on purpose: `just chaos [--seed N] [--faults N] [--jobs N]`. The same seed breaks the same things.

use std::io::Write;

use anyhow::{Result, bail};
use clap::Parser;
use suite_tests::chaos::{Plan, Size, run};

/// Runs real processes on servers of its own, breaks what can break, and holds the history against the promises.
#[derive(Parser)]
struct Arguments {
    /// What the plan is made from; another one each time when left out.
    #[arg(long)]
    seed: Option<u64>,
    /// How many faults.
    #[arg(long, default_value_t = Size::LONG.faults)]
    faults: usize,
    /// How many jobs.
    #[arg(long, default_value_t = Size::LONG.jobs)]
    jobs: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let seed = arguments
        .seed
        .unwrap_or_else(|| u64::from(std::process::id()));
    let size = Size {
        faults: arguments.faults,
        jobs: arguments.jobs,
    };
    let mut out = std::io::stdout();
    writeln!(out, "seed {seed}: {size:?}")?;
    let report = run(&Plan::new(seed, size), "long").await;
    write!(out, "{report}")?;
    if !report.broken.is_empty() {
        bail!(
            "promises were broken; --seed {seed} --faults {} --jobs {} does it again",
            size.faults,
            size.jobs
        );
    }
    Ok(())
}
