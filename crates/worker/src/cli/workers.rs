use clap::{Args, Subcommand};
use serde_json::json;
use suite_db::operator::workers::{self, WorkerRow};

use super::{
    Console, Ending, Session, show,
    table::{Kind, Table},
};

/// Worker processes.
#[derive(Debug, Subcommand)]
pub enum Workers {
    /// List them with what they run
    List(List),
}

#[derive(Debug, Args)]
pub struct List {
    /// Also list workers whose lease has ended
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(
    command: &Workers,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let Workers::List(List { all }) = command;
    let mut tx = session.db().await?.fleet().await?;
    let mut rows = workers::list(&mut tx).await?;
    let gone = rows.iter().filter(|worker| !worker.is_alive).count();
    rows.retain(|worker| *all || worker.is_alive);
    if session.json {
        show::json(
            console.out,
            &json!({ "source": "postgresql", "items": rows }),
        )?;
        return Ok(Ending::Fine);
    }
    print(session, console, &rows)?;
    if gone > 0 && !all {
        writeln!(
            console.out,
            "{} not shown: the lease has ended (--all shows them)",
            show::count(i64::try_from(gone)?, "worker")
        )?;
    }
    Ok(Ending::Fine)
}

fn print(session: &Session, console: &mut Console<'_>, rows: &[WorkerRow]) -> anyhow::Result<()> {
    if rows.is_empty() {
        writeln!(console.out, "PostgreSQL: no worker is alive")?;
        return Ok(());
    }
    let now = session.clock.now();
    let mut table = Table::new(&[
        ("HOST", Kind::Elastic),
        ("PID", Kind::Number),
        ("VERSION", Kind::Text),
        ("RUNS", Kind::Number),
        ("UP", Kind::Text),
        ("BEAT", Kind::Text),
        ("QUEUES", Kind::Text),
    ]);
    for worker in rows {
        let beat = show::span((now - worker.beat_at).num_seconds());
        table.add([
            worker.host.as_str(),
            &worker.pid.to_string(),
            &worker.version,
            &worker.running.to_string(),
            &show::span((now - worker.started_at).num_seconds()),
            &if worker.is_alive {
                format!("{beat} ago")
            } else {
                format!("dead {beat}")
            },
            &short(&worker.queues),
        ]);
    }
    writeln!(console.out, "{table}")?;
    writeln!(console.out, "(PostgreSQL: workers by their last beat)")?;
    Ok(())
}

/// Names at most two queues, so that the table keeps its width.
fn short(queues: &[String]) -> String {
    match queues {
        [] => "-".to_owned(),
        [only] => only.clone(),
        [..] if queues.len() == suite_core::job::Queue::ALL.len() => "all".to_owned(),
        [first, rest @ ..] => format!("{first} +{}", rest.len()),
    }
}
