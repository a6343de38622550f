use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;
use suite_core::{id::AccountId, mail::MailTopic};
use suite_db::mails;

use crate::cli::{Console, Ending, Session, audit, show};

/// Who is not mailed any more, and why.
#[derive(Debug, Subcommand)]
pub enum Suppressions {
    /// List them, the newest first
    List(List),
    /// Let a reader be mailed again
    Lift(Lift),
}

#[derive(Debug, Args)]
pub struct List {
    /// Of this account
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..=1000))]
    limit: i32,
}

#[derive(Debug, Args)]
pub struct Lift {
    /// The account whose mails it is about
    account: AccountId,
    /// The reader's address
    address: String,
    /// Only of this topic: trial, reports, alerts, or all for an address that could not be reached
    #[arg(long)]
    topic: Option<String>,
}

pub(super) async fn run(
    command: &Suppressions,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    match command {
        Suppressions::List(command) => list(command, session, console).await,
        Suppressions::Lift(command) => lift(command, session, console).await,
    }
}

async fn list(
    command: &List,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut tx = session.db().await?.fleet().await?;
    let rows = mails::suppressions(&mut tx, command.account, command.limit).await?;
    if session.json {
        let answer = json!({ "source": "postgresql", "items": rows });
        show::json(console.out, &answer)?;
    } else if rows.is_empty() {
        writeln!(console.out, "PostgreSQL: everybody may be mailed")?;
    } else {
        // Account and address together are wider than a terminal.
        for row in &rows {
            let since = row.created_at.format("%Y-%m-%d %H:%M");
            writeln!(console.out, "{}  {}  {since}", row.account_id, row.topic)?;
            writeln!(console.out, "  {}: {}", row.recipient, row.reason)?;
        }
        writeln!(console.out, "(PostgreSQL; times are UTC)")?;
    }
    Ok(Ending::Fine)
}

async fn lift(
    command: &Lift,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let topic = command.topic.as_deref();
    if topic.is_some_and(|name| name != "all" && MailTopic::of(name).is_none()) {
        bail!("no such topic: trial, reports, alerts and all are");
    }
    let address = command.address.trim().to_lowercase();
    let mut tx = session.db().await?.account(command.account).await?;
    let lifted = mails::lift(&mut tx, &address, topic).await?;
    if lifted == 0 {
        bail!(
            "nothing keeps us from mailing this reader; `suitectl mail suppressions list` shows whom it does"
        );
    }
    let detail = json!({ "topic": topic });
    let subject = command.account.to_string();
    audit::note(&mut tx, session, "lift_suppression", &subject, detail).await?;
    tx.commit().await?;
    if session.json {
        show::json(console.out, &json!({ "lifted": lifted }))?;
    } else {
        writeln!(console.out, "lifted: {lifted}")?;
    }
    Ok(Ending::Fine)
}
