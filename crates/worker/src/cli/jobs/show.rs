use std::io::Write;

use clap::Args;
use serde_json::json;
use suite_core::{
    id::{AccountId, JobId},
    job::Priority,
};
use suite_db::operator::jobs::JobRow;

use super::select::find_all;
use crate::cli::{Console, Ending, Session, show};

/// Shows everything that is known of jobs.
#[derive(Debug, Args)]
pub struct Show {
    /// Ids of jobs
    #[arg(value_name = "ID", required = true)]
    ids: Vec<JobId>,
}

pub(super) async fn run(
    command: &Show,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut tx = session.db().await?.fleet().await?;
    let rows = find_all(&mut tx, &command.ids).await?;
    if session.json {
        show::json(
            console.out,
            &json!({ "source": "postgresql", "items": rows }),
        )?;
        return Ok(Ending::Fine);
    }
    print_jobs(console.out, &rows)?;
    Ok(Ending::Fine)
}

pub(super) fn print_jobs(out: &mut dyn Write, rows: &[JobRow]) -> anyhow::Result<()> {
    for row in rows {
        print(out, row)?;
    }
    writeln!(out, "(PostgreSQL; times are UTC)")?;
    Ok(())
}

fn print(out: &mut dyn Write, job: &JobRow) -> anyhow::Result<()> {
    let account = if job.account_id == AccountId::OPERATOR.as_uuid() {
        "none: the operator's own".to_owned()
    } else {
        job.account_id.to_string()
    };
    let mut pairs = vec![
        ("job", job.id.to_string()),
        ("kind", job.kind.clone()),
        ("account", account),
        (
            "queue",
            format!("{}, priority {}", job.queue, priority(job.priority)),
        ),
        ("state", state(job)),
        (
            "attempt",
            format!(
                "{} of {}{}",
                job.attempt,
                job.max_attempts,
                crashes(job.crashes)
            ),
        ),
        ("timeout", show::span(i64::from(job.timeout_ms) / 1_000)),
        ("arguments", job.args.to_string()),
        ("created", show::time(job.created_at)),
        ("not before", show::time(job.run_at)),
        ("handed out", show::optional_time(job.dispatched_at)),
        ("started", show::optional_time(job.started_at)),
        ("finished", show::optional_time(job.finished_at)),
    ];
    let optional = [
        ("worker", job.worker_id.map(|id| id.to_string())),
        ("unique key", job.unique_key.clone()),
        ("progress", job.progress.as_ref().map(show::progress)),
        ("result", job.result.as_ref().map(ToString::to_string)),
        ("error", job.failure().map(str::to_owned)),
        ("trace", job.traceparent.clone()),
    ];
    pairs.extend(
        optional
            .into_iter()
            .filter_map(|(label, value)| Some((label, value?))),
    );
    show::pairs(out, &pairs)?;
    writeln!(out)?;
    Ok(())
}

fn state(job: &JobRow) -> String {
    match job.cancel_requested_at {
        Some(at) if job.finished_at.is_none() => {
            format!("{}, asked to stop at {}", job.state, show::time(at))
        }
        _ => job.state.clone(),
    }
}

fn priority(number: i16) -> &'static str {
    match Priority::from(number) {
        Priority::High => "high",
        Priority::Normal => "normal",
        Priority::Low => "low",
    }
}

fn crashes(crashes: i16) -> String {
    match crashes {
        0 => String::new(),
        1 => ", a worker died with it once".to_owned(),
        _ => format!(", workers died with it {crashes} times"),
    }
}
