use clap::{Args, Subcommand};
use serde_json::json;
use suite_core::id::AuditId;
use suite_db::operator::audit::{self, AuditFilter, AuditRow};

use crate::cli::{
    Console, Ending, Session,
    accounts::find_account,
    show,
    since::Since,
    table::{Kind, Table},
};

/// Who did what.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// List what was done, the newest first
    List(List),
}

/// Lists what was done, the newest first.
#[derive(Debug, Args)]
pub struct List {
    /// With this text in who did it
    #[arg(long, value_name = "TEXT")]
    actor: Option<String>,
    /// Of this action, such as `retry_job`
    #[arg(long)]
    action: Option<String>,
    /// Done to this, such as the id of a job
    #[arg(long)]
    subject: Option<String>,
    /// That touched this account: its id, or an e-mail that logs in for it
    #[arg(long, value_name = "ID|EMAIL")]
    account: Option<String>,
    /// Not older than 90s, 30m, 2h or 7d, or since a date or time
    #[arg(long)]
    since: Option<Since>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..=1000))]
    limit: i32,
    /// Go on below this entry: the last one of the page before
    #[arg(long, value_name = "ID")]
    before: Option<AuditId>,
}

pub(in crate::cli) async fn run(
    command: Audit,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let Audit::List(command) = command;
    let mut tx = session.db().await?.fleet().await?;
    let account_id = match &command.account {
        Some(account) => Some(find_account(&mut tx, account).await?.id.into()),
        None => None,
    };
    let filter = AuditFilter {
        actor: command.actor,
        action: command.action,
        subject: command.subject,
        account_id,
        since: command
            .since
            .map(|since| since.resolve(session.clock.now())),
        before: command.before,
    };
    let mut rows = audit::list(&mut tx, &filter, command.limit + 1).await?;
    let limit = usize::try_from(command.limit)?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|row| row.id);
    if session.json {
        let page = json!({ "source": "postgresql", "items": rows, "next_before": next });
        show::json(console.out, &page)?;
        return Ok(Ending::Fine);
    }
    if rows.is_empty() {
        writeln!(console.out, "PostgreSQL: no such entry")?;
        return Ok(Ending::Fine);
    }
    writeln!(console.out, "{}", table(&rows))?;
    match next {
        Some(id) => writeln!(
            console.out,
            "(PostgreSQL; times are UTC; more: --before\n{id})"
        )?,
        None => writeln!(console.out, "(PostgreSQL; times are UTC; that is all)")?,
    }
    Ok(Ending::Fine)
}

fn table(rows: &[AuditRow]) -> Table {
    let mut table = Table::new(&[
        ("AT", Kind::Text),
        ("ACTION", Kind::Text),
        ("ACTOR", Kind::Elastic),
        ("SUBJECT", Kind::Elastic),
    ]);
    for row in rows {
        table.add([
            show::time(row.at),
            row.action.clone(),
            row.actor.clone(),
            row.subject.clone(),
        ]);
    }
    table
}
