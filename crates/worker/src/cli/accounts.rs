pub(super) mod create;
mod list;
mod plan;
mod show;

use anyhow::Context;
use clap::Subcommand;
use suite_core::id::AccountId;
use suite_db::{
    FleetTx,
    operator::accounts::{self, AccountRow},
};

use super::{Console, Ending, Session};

/// Merchants' accounts.
#[derive(Debug, Subcommand)]
pub enum Accounts {
    /// Make an account and print its API token, this once
    Create(create::Create),
    /// List accounts, the newest first
    List(list::List),
    /// Show one account
    Show(show::Show),
    /// Move the end of a trial
    ExtendTrial(plan::ExtendTrial),
    /// Give an account a plan by hand, whatever it pays, or take that back
    SetPlan(plan::SetPlan),
}

pub(super) async fn run(
    command: Accounts,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    match command {
        Accounts::Create(command) => create::run(command, session, console).await,
        Accounts::List(command) => list::run(&command, session, console).await,
        Accounts::Show(command) => show::run(&command, session, console).await,
        Accounts::ExtendTrial(command) => plan::extend_trial(&command, session, console).await,
        Accounts::SetPlan(command) => plan::set_plan(&command, session, console).await,
    }
}

/// Finds an account by its id or by an address that logs in for it, or says that there is none.
pub(super) async fn find_account(tx: &mut FleetTx, text: &str) -> anyhow::Result<AccountRow> {
    let id = match text.parse::<AccountId>() {
        Ok(id) => Some(id),
        Err(_) => accounts::find_id_by_email(tx, text).await?,
    };
    let found = match id {
        Some(id) => accounts::find(tx, id).await?,
        None => None,
    };
    found.with_context(|| format!("PostgreSQL has no account {text}"))
}
