use std::io::Write;

use clap::Args;
use serde_json::json;
use suite_db::operator::accounts::{self, AccountRow, StoreRow};

use super::find_account;
use crate::cli::{
    Console, Ending, Session, show,
    table::{Kind, Table},
};

/// Shows one account.
#[derive(Debug, Args)]
pub struct Show {
    /// Its id, or an e-mail that logs in for it
    #[arg(value_name = "ID|EMAIL")]
    account: String,
}

pub(super) async fn run(
    command: &Show,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut tx = session.db().await?.fleet().await?;
    let account = find_account(&mut tx, &command.account).await?;
    let stores = accounts::stores(&mut tx, account.id.into()).await?;
    if session.json {
        let answer = json!({ "source": "postgresql", "account": account, "stores": stores });
        show::json(console.out, &answer)?;
    } else {
        print(console.out, &account, &stores)?;
    }
    Ok(Ending::Fine)
}

fn print(out: &mut dyn Write, account: &AccountRow, stores: &[StoreRow]) -> anyhow::Result<()> {
    show::pairs(
        out,
        &[
            ("account", account.id.to_string()),
            ("name", account.name.clone()),
            ("users", account.emails.join(", ")),
            ("plan", account.plan.clone()),
            ("trial ends", show::time(account.trial_ends_at)),
            ("open until", show::optional_time(account.access_until)),
            ("given since", show::optional_time(account.plan_given_at)),
            ("created", show::time(account.created_at)),
            ("API tokens", account.tokens.to_string()),
        ],
    )?;
    if !stores.is_empty() {
        let mut table = Table::new(&[
            ("STORE", Kind::Text),
            ("NAME", Kind::Elastic),
            ("MONEY", Kind::Text),
            ("TIME ZONE", Kind::Text),
        ]);
        for store in stores {
            table.add([
                &store.id.to_string(),
                &store.name,
                &store.currency,
                &store.timezone,
            ]);
        }
        writeln!(out, "\n{table}")?;
    }
    writeln!(out, "(PostgreSQL; times are UTC)")?;
    Ok(())
}
