use clap::Args;
use serde_json::json;
use suite_core::{id::AccountId, mail::MailState};
use suite_db::mails::{self, MailFilter, MailRow};

use crate::cli::{
    Console, Ending, Session, show,
    table::{Kind, Table},
};

/// Lists mails, the newest first.
#[derive(Debug, Args)]
pub struct List {
    /// Of this account
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Of this kind, such as `trial_warning`
    #[arg(long)]
    kind: Option<String>,
    /// In this state
    #[arg(long)]
    state: Option<MailState>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..=1000))]
    limit: i32,
}

pub(super) async fn run(
    command: &List,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let filter = MailFilter {
        id: None,
        account_id: command.account,
        kind: command.kind.clone(),
        state: command.state,
        before: None,
    };
    let mut tx = session.db().await?.fleet().await?;
    let rows = mails::list(&mut tx, &filter, command.limit).await?;
    if session.json {
        show::json(
            console.out,
            &json!({ "source": "postgresql", "items": rows }),
        )?;
    } else if rows.is_empty() {
        writeln!(console.out, "PostgreSQL: no such mail")?;
    } else {
        writeln!(console.out, "{}", table(&rows))?;
        writeln!(console.out, "(PostgreSQL; times are UTC)")?;
    }
    Ok(Ending::Fine)
}

fn table(rows: &[MailRow]) -> Table {
    let mut table = Table::new(&[
        ("MAIL", Kind::Text),
        ("KIND", Kind::Elastic),
        ("STATE", Kind::Text),
        ("WRITTEN", Kind::Text),
    ]);
    for row in rows {
        table.add([
            row.id.to_string(),
            row.kind.clone(),
            row.state.clone(),
            row.created_at.format("%m-%d %H:%M").to_string(),
        ]);
    }
    table
}
