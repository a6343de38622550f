//! `suitectl demo load`: a shop to look at, by the same way that a merchant's file takes.

mod account;
mod file;
mod progress;
mod report;
mod shop;
mod stock;
mod upload;
mod wait;

use std::path::PathBuf;

use anyhow::ensure;
use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use serde_json::json;
use suite_core::id::StoreId;

use super::{Console, Ending, Session, show};
use crate::demo::ORDERS_A_DAY;

/// A shop to look at.
#[derive(Debug, Subcommand)]
pub enum Demo {
    /// Make the demo account and its shop, or find them, and print how to log in
    Load(Load),
}

/// Makes the demo account and its shop, or finds them.
#[derive(Debug, Args)]
pub struct Load {
    /// Load the invoice lines of this file, which may be gzip, instead of a made-up shop
    #[arg(long, value_name = "FILE.csv[.gz]")]
    import: Option<PathBuf>,
    /// Another seed, another shop
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Days of sales, up to today
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// Things that are sold
    #[arg(long, default_value_t = 3_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    variants: u32,
    /// About so many orders
    #[arg(long, default_value_t = 24_000, value_parser = clap::value_parser!(u32).range(1..))]
    orders: u32,
    /// Also in a database that holds other accounts
    #[arg(long)]
    yes: bool,
}

/// How to look at the shop.
struct Loaded {
    login: account::Login,
    store_id: StoreId,
    report: report::Outcome,
}

pub(super) async fn run(
    command: Demo,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let Demo::Load(command) = command;
    ensure!(
        command.orders / command.days <= ORDERS_A_DAY,
        "at most {ORDERS_A_DAY} orders a day: give more --days or fewer --orders"
    );
    let loaded = load(&command, session, console).await?;
    tell(&loaded, session, console)?;
    Ok(Ending::Fine)
}

async fn load(
    command: &Load,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Loaded> {
    let shop = shop::Shop::plan(command, session)?;
    let db = session.db().await?;
    let login = account::log_in(command.yes, session, &db).await?;
    let store = shop::find_or_create(&shop, login.account_id, session, &db).await?;
    let mut work = wait::Work {
        account_id: login.account_id,
        session,
        db: &db,
        progress: progress::Progress::new(console.is_interactive),
    };
    let has_news = upload::bring_in(&shop, &store, &mut work, console).await?;
    if has_news {
        stock::fill(&shop, &store, &mut work, console).await?;
    }
    let report = report::find_or_build(&store, has_news, &mut work, console).await?;
    Ok(Loaded {
        login,
        store_id: store.id,
        report,
    })
}

fn tell(loaded: &Loaded, session: &Session, console: &mut Console<'_>) -> anyhow::Result<()> {
    let Loaded {
        login,
        store_id,
        report,
    } = loaded;
    let token = login.token.text.expose_secret();
    if session.json {
        let answer = json!({
            "email": account::EMAIL, "password": account::PASSWORD, "token": token, "store_id": store_id,
            "store": report.store, "report_id": report.id, "from": report.from, "to": report.to,
        });
        return show::json(console.out, &answer);
    }
    show::pairs(
        console.out,
        &[
            ("shop", report.store.clone()),
            ("sales", report.summary()),
            ("store id", store_id.to_string()),
            ("e-mail", account::EMAIL.to_owned()),
            ("password", account::PASSWORD.to_owned()),
        ],
    )?;
    writeln!(console.out, "\nAPI token, shown this once:\n{token}")?;
    Ok(())
}
