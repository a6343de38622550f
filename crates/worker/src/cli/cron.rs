use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde_json::json;
use suite_core::{id::AccountId, jobs};
use suite_db::{
    AccountTx, Db,
    schedules::{self, ScheduleRow},
};

use super::{
    Console, Ending, Session, audit, queue, show,
    table::{Kind, Table},
};

/// What the fleet does again and again.
#[derive(Debug, Subcommand)]
pub enum Cron {
    /// List the schedules with their next and last ticks
    List,
    /// Fire a schedule now; its next tick stays as it is
    Run(Steer),
    /// Fire no more ticks of a schedule
    Pause(Steer),
    /// Let a schedule go on with its next tick
    Resume(Steer),
}

#[derive(Debug, Args)]
pub struct Steer {
    /// A schedule's name, with underscores or dashes
    name: String,
}

impl Steer {
    fn name(&self) -> String {
        self.name.replace('-', "_")
    }
}

pub(super) async fn run(
    command: Cron,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    match command {
        Cron::List => list(session, console).await,
        Cron::Run(schedule) => fire(&schedule.name(), session, console).await,
        Cron::Pause(schedule) => steer(&schedule.name(), true, session, console).await,
        Cron::Resume(schedule) => steer(&schedule.name(), false, session, console).await,
    }
}

/// Begins a transaction of the account to which the fleet's schedules belong.
async fn begin(db: &Db) -> anyhow::Result<AccountTx> {
    Ok(db.account(AccountId::OPERATOR).await?)
}

async fn fire(name: &str, session: &Session, console: &mut Console<'_>) -> anyhow::Result<Ending> {
    let db = session.db().await?;
    let mut tx = begin(&db).await?;
    let fired = schedules::run_now(&mut tx, name, jobs::ALL).await?;
    let job_id = fired.job.map(|job| job.id);
    let detail = json!({ "job_id": job_id, "tick_at": fired.tick_at });
    audit::note(&mut tx, session, "run_schedule", name, detail).await?;
    tx.commit().await?;
    if let Some(job) = fired.job.filter(|_| fired.is_new) {
        queue::hand_out(session, &db, &[job], console).await?;
    }
    if session.json {
        let answer = json!({
            "schedule": name, "tick_at": fired.tick_at, "job_id": job_id, "is_new": fired.is_new,
        });
        show::json(console.out, &answer)?;
    } else if let Some(job_id) = job_id {
        let word = if fired.is_new {
            "starts job"
        } else {
            "joins job"
        };
        writeln!(console.out, "{name} {word} {job_id}")?;
    }
    Ok(Ending::Fine)
}

async fn steer(
    name: &str,
    pause: bool,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut tx = begin(&session.db().await?).await?;
    let (changed, action, word) = if pause {
        (
            schedules::pause(&mut tx, name).await?,
            "pause_schedule",
            "paused",
        )
    } else {
        (
            schedules::resume(&mut tx, name).await?,
            "resume_schedule",
            "resumed",
        )
    };
    if changed {
        audit::note(&mut tx, session, action, name, audit::no_detail()).await?;
    }
    tx.commit().await?;
    if session.json {
        let answer = json!({ "schedule": name, "state": word, "changed": changed });
        show::json(console.out, &answer)?;
    } else if changed {
        writeln!(console.out, "{name} {word}")?;
    } else {
        let state = if pause { "paused" } else { "running" };
        writeln!(console.out, "{name} was {state} already")?;
    }
    Ok(Ending::Fine)
}

async fn list(session: &Session, console: &mut Console<'_>) -> anyhow::Result<Ending> {
    let mut tx = begin(&session.db().await?).await?;
    let rows = schedules::list(&mut tx).await?;
    if session.json {
        show::json(
            console.out,
            &json!({ "source": "postgresql", "items": rows }),
        )?;
    } else {
        print(console, &rows)?;
    }
    Ok(Ending::Fine)
}

fn print(console: &mut Console<'_>, rows: &[ScheduleRow]) -> anyhow::Result<()> {
    if rows.is_empty() {
        writeln!(
            console.out,
            "PostgreSQL: no schedule; a worker enters them when it starts"
        )?;
        return Ok(());
    }
    let mut table = Table::new(&[
        ("SCHEDULE", Kind::Elastic),
        ("WHEN", Kind::Text),
        ("ZONE", Kind::Text),
        ("NEXT", Kind::Text),
        ("LAST", Kind::Text),
        ("JOB", Kind::Text),
    ]);
    for row in rows {
        let next = match row.paused_at {
            Some(_) => "paused".to_owned(),
            None => minute(row.next_at),
        };
        table.add([
            row.name.as_str(),
            &row.expression,
            &row.timezone,
            &next,
            &minute(row.last_tick_at),
            row.last_job_state.as_deref().unwrap_or("-"),
        ]);
    }
    writeln!(console.out, "{table}")?;
    writeln!(
        console.out,
        "(PostgreSQL; NEXT and LAST in UTC, WHEN on the clock of ZONE)"
    )?;
    Ok(())
}

/// Writes month, day and minute: the year is this one or the next.
fn minute(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.format("%m-%d %H:%M").to_string())
}
