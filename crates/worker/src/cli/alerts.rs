use clap::{Args, Subcommand};
use serde_json::json;
use suite_db::alerts::{self, AlertRow};

use super::{
    Console, Ending, Session, show,
    table::{Kind, Table},
};

/// What is out of order.
#[derive(Debug, Subcommand)]
pub enum Alerts {
    /// List what is out of order; exit code 1 when something is
    List(List),
}

#[derive(Debug, Args)]
pub struct List {
    /// Also list what is over
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(
    command: &Alerts,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let Alerts::List(List { all }) = command;
    let mut tx = session.db().await?.fleet().await?;
    let mut rows = alerts::list(&mut tx, 100).await?;
    rows.retain(|row| *all || row.ended_at.is_none());
    let is_bad = rows.iter().any(|row| row.ended_at.is_none());
    if session.json {
        show::json(
            console.out,
            &json!({ "source": "postgresql", "items": rows }),
        )?;
    } else {
        print(&rows, console)?;
    }
    Ok(if is_bad { Ending::Bad } else { Ending::Fine })
}

fn print(rows: &[AlertRow], console: &mut Console<'_>) -> anyhow::Result<()> {
    if rows.is_empty() {
        writeln!(console.out, "PostgreSQL: nothing is out of order")?;
        return Ok(());
    }
    let mut table = Table::new(&[
        ("ALERT", Kind::Text),
        ("SINCE", Kind::Text),
        ("UNTIL", Kind::Text),
        ("FAULT", Kind::Elastic),
    ]);
    for row in rows {
        table.add([
            row.kind.clone(),
            row.began_at.format("%m-%d %H:%M").to_string(),
            row.ended_at
                .map_or_else(|| "-".to_owned(), |at| at.format("%m-%d %H:%M").to_string()),
            row.fault.clone(),
        ]);
    }
    writeln!(console.out, "{table}")?;
    writeln!(
        console.out,
        "(PostgreSQL; times are UTC; deploy/runbooks has a page for each)"
    )?;
    Ok(())
}
