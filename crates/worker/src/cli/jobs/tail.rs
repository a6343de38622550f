//! Follows jobs: what the rows say, looked at again and again, so that it works while Redis is away.

use std::{collections::HashMap, time::Duration};

use clap::Args;
use suite_core::{id::JobId, job::JobState};
use suite_db::{
    Db,
    operator::jobs::{self, JobFilter, JobRow},
};
use uuid::Uuid;

use super::select::{Filter, find_all};
use crate::cli::{Console, Ending, Session, show};

/// Prints each change of jobs as it happens.
#[derive(Debug, Args)]
pub struct Tail {
    /// Only this job, until it is over: exit code 0 if it succeeded
    #[arg(value_name = "ID")]
    id: Option<JobId>,
    #[command(flatten)]
    filter: Filter,
}

const PAUSE: Duration = Duration::from_millis(300);
/// How many of the newest jobs are watched.
const WATCHED: i32 = 200;

pub(super) async fn run(
    command: Tail,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let db = session.db().await?;
    match command.id {
        Some(id) => follow_one(id, &db, session, console).await,
        None => {
            let mut tx = db.fleet().await?;
            let filter = command.filter.resolve(&mut tx, session).await?;
            drop(tx);
            follow_all(&filter, &db, session, console).await
        }
    }
}

async fn follow_one(
    id: JobId,
    db: &Db,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut seen = 0;
    loop {
        let row = find_all(&mut db.fleet().await?, &[id]).await?.remove(0);
        if row.revision != seen {
            seen = row.revision;
            tell(&row, session, console)?;
        }
        let state: Option<JobState> = row.state.parse().ok();
        if let Some(state) = state.filter(|state| state.is_final()) {
            return Ok(if state == JobState::Succeeded {
                Ending::Fine
            } else {
                Ending::Bad
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow_all(
    filter: &JobFilter,
    db: &Db,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut seen: HashMap<Uuid, i32> = HashMap::new();
    let mut is_first = true;
    loop {
        let found = jobs::list(&mut db.fleet().await?, filter, WATCHED).await?;
        let rows = found.rows;
        // The oldest change first, as a log has it.
        for row in rows.iter().rev() {
            let is_news = seen.get(&row.id) != Some(&row.revision);
            if is_news && !is_first {
                tell(row, session, console)?;
            }
        }
        seen = rows.iter().map(|row| (row.id, row.revision)).collect();
        is_first = false;
        tokio::time::sleep(PAUSE).await;
    }
}

fn tell(row: &JobRow, session: &Session, console: &mut Console<'_>) -> anyhow::Result<()> {
    if session.json {
        show::json(console.out, row)?;
    } else {
        writeln!(console.out, "{}", line(row, session))?;
    }
    // Whoever watches wants to see it now.
    console.out.flush()?;
    Ok(())
}

fn line(row: &JobRow, session: &Session) -> String {
    let told = match (row.failure(), &row.progress) {
        (Some(error), _) if row.state != "running" => show::plain(error),
        (_, Some(value)) if row.state == "running" => show::plain(&show::progress(value)),
        _ => String::new(),
    };
    let time = session.clock.now().format("%H:%M:%S");
    let line = format!("{time} {} {} {:9} {told}", row.id, row.kind, row.state);
    line.trim_end().to_owned()
}
