//! Measures our job layer against others on the same Redis, and prints ratios.
//!
//! `just duel [FIGURE…]`, where a figure is one of those of [`Figure`]; without any, all but `steady`. Each figure is taken
//! three times, by all systems one after the other, so that what is compared was measured within the same minutes; the
//! median counts. The rivals are programs of their own: see `tests/benches/duel/README.md`.

mod crash;
#[path = "../bench_main/database.rs"]
mod database;
mod figure;
mod idle;
mod kind;
mod ours;
mod process;
mod promises;
mod rival;
mod stand;
mod steady;
mod system;
mod table;
mod worker;

use std::io::Write;

use anyhow::{Context, Result};
use suite_core::config::{Purpose, Settings};

use crate::{
    figure::{Figure, Outcome},
    system::System,
    table::Table,
};

fn main() -> Result<()> {
    // The one provider of cryptography; a second call is refused and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings::from_environment(Purpose::Worker)?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("work") => worker::run(&settings),
        Some("steady") => {
            let minutes = arguments.get(1).map_or(Ok(30), |text| text.parse())?;
            runtime()?.block_on(steady::run(&settings, minutes))
        }
        _ => {
            let figures = arguments.iter().map(|name| Figure::named(name));
            let mut figures = figures.collect::<Result<Vec<_>>>()?;
            if figures.is_empty() {
                figures = Figure::ALL.to_vec();
            }
            runtime()?.block_on(duel(&settings, &figures))
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .enable_all()
        .build()
        .context("the runtime cannot be built")
}

async fn duel(settings: &Settings, figures: &[Figure]) -> Result<()> {
    let mut out = std::io::stdout();
    let mut table = Table::default();
    for figure in figures {
        rival::keep_log(settings, *figure).await?;
        for round in 1..=figure.rounds() {
            for (system, outcome) in measure(settings, *figure).await? {
                writeln!(
                    out,
                    "{} round {round}: {} {outcome}",
                    figure.name(),
                    system.name()
                )?;
                table.add(*figure, system, outcome);
            }
        }
    }
    table.write(&mut out)?;
    Ok(())
}

/// Takes a figure once, of every system that has it.
async fn measure(settings: &Settings, figure: Figure) -> Result<Vec<(System, Outcome)>> {
    match figure {
        Figure::Crash => crash::of_all(settings).await,
        Figure::Idle => idle::of_all(settings).await,
        Figure::Promises => Ok(vec![(
            System::Ours,
            Outcome::Figures(promises::measure(settings).await?),
        )]),
        _ => {
            let mut outcomes = Vec::new();
            for system in System::ALL {
                let outcome = match system {
                    System::Ours => Outcome::Figures(ours::measure(settings, figure).await?),
                    _ => rival::measure(settings, system, figure).await?,
                };
                outcomes.push((system, outcome));
            }
            Ok(outcomes)
        }
    }
}
