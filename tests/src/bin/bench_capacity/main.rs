//! Measures how many merchants one machine serves: `just capacity`, or `bin/bench capacity [--merchants N] …`.
//!
//! It makes merchants with catalogues of real sizes, starts the processes of the Procfile, and does three things: web traffic
//! while the workers idle, the same traffic while they have more work than they can do, and a day of every merchant faster
//! than life. Each request has its moment, whether or not the one before has been answered: a server that falls behind is
//! seen to wait. The merchants' clients take their share of the same processors.

mod day;
mod figures;
mod fleet;
mod merchants;
mod replay;
mod saturate;

use std::{io::Write, sync::Arc, time::Duration};

use anyhow::Result;
use clap::Parser;
use suite_tests::{Dice, TestApp};

use crate::{
    fleet::Fleet,
    merchants::Merchant,
    replay::{Replay, Request},
};

/// What is measured, and for how long.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many merchants there are
    #[arg(long, default_value_t = 100)]
    merchants: usize,
    /// Web requests a second while the workers idle, and while they are saturated
    #[arg(long, default_value_t = 40)]
    rate: u32,
    /// How long each of the two goes on, in seconds
    #[arg(long, default_value_t = 45)]
    seconds: u32,
    /// How long the day takes, in minutes
    #[arg(long, default_value_t = 5)]
    day: u32,
    /// Another seed, other merchants
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout();
    let app = TestApp::with(fleet::SETTINGS).await;
    let fleet = Fleet::start(&app).await?;
    let merchants = merchants::make(&app, &fleet, &arguments, &mut out).await?;
    let merchants: Arc<[Merchant]> = merchants.into();
    writeln!(out, "\nweb traffic, {} requests a second", arguments.rate)?;
    let idle = web_traffic(&arguments, &merchants).await?;
    writeln!(out, "workers idle       {idle}")?;
    let backlog = saturate::begin(&app, &merchants, arguments.seconds).await?;
    let busy = web_traffic(&arguments, &merchants).await?;
    let done = backlog.end(&app).await?;
    writeln!(out, "workers saturated  {busy}; {done}")?;
    let ratio = busy.latency.p99.as_secs_f64() / idle.latency.p99.as_secs_f64();
    writeln!(out, "p99 saturated / idle: {ratio:.1} (at most 2 promised)")?;
    app.wait_until_quiet().await;
    live_a_day(&app, &fleet, &arguments, &merchants, &mut out).await?;
    fleet.stop().await
}

async fn web_traffic(arguments: &Arguments, merchants: &Arc<[Merchant]>) -> Result<Replay> {
    let mut dice = Dice::new(arguments.seed);
    let count = arguments.rate * arguments.seconds;
    let requests = (0..count).map(|index| Request {
        at: Duration::from_secs(1) * index / arguments.rate,
        merchant: dice.below(merchants.len()),
        act: day::any_web_act(&mut dice),
    });
    replay::run(requests.collect(), merchants).await
}

async fn live_a_day(
    app: &TestApp,
    fleet: &Fleet,
    arguments: &Arguments,
    merchants: &Arc<[Merchant]>,
    out: &mut impl Write,
) -> Result<()> {
    let length = Duration::from_secs(60) * arguments.day;
    let requests = day::of_all(merchants.len(), length, arguments.seed);
    writeln!(
        out,
        "\na day of {} merchants in {} minutes ({} times faster than life): {} requests",
        merchants.len(),
        arguments.day,
        24 * 60 / arguments.day,
        requests.len()
    )?;
    let before = fleet.processor_seconds()?;
    let began = app.value("SELECT clock_timestamp()").await;
    let replay = replay::run(requests, merchants).await?;
    app.wait_until_quiet().await;
    writeln!(out, "{replay}")?;
    replay.write_kinds(out)?;
    figures::write_waits(app, &began, out).await?;
    figures::write_sizes(app, out).await?;
    fleet.write_processes(&before, length, out)
}
