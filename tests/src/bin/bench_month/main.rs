//! Thirty days of a hundred merchants with a fault a day, and no hands: `just month`, or `bin/bench month`.

use std::io::Write;

use anyhow::{Result, ensure};
use clap::Parser;
use suite_tests::month::{Size, live};

/// How long, and for how many.
#[derive(Debug, Parser)]
struct Arguments {
    /// Simulated days
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// Merchants who sign up within the first third of them
    #[arg(long, default_value_t = 100)]
    merchants: usize,
    /// Another seed, another course of events
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let size = Size {
        days: arguments.days,
        merchants: arguments.merchants,
        seed: arguments.seed,
    };
    let mut out = std::io::stdout();
    writeln!(out, "seed {}", arguments.seed)?;
    let proof = live(size, |line| {
        // Whoever closed the output still gets the verdict.
        let _ = writeln!(std::io::stdout(), "{line}");
    })
    .await;
    writeln!(out, "{proof}")?;
    ensure!(proof.faults.is_empty(), "not everything is as promised");
    Ok(())
}
