use std::time::Duration;

use anyhow::{bail, ensure};
use clap::Args;
use suite_core::{
    id::{AccountId, JobId},
    job::JobState,
};
use suite_db::{Db, jobs, operator::jobs::JobRow};
use suite_queue::Broker;
use tokio::runtime::Handle;

use super::{
    enqueue::{self, Work},
    select::find_all,
    show::print_jobs,
};
use crate::{
    cli::{Console, Ending, Session, audit, show},
    runtime::{Alone, run_alone},
};

/// Runs one job in this process, fenced like in any worker.
#[derive(Debug, Args)]
pub struct Run {
    /// The id of a job that does not run, or the kind of a new one
    #[arg(value_name = "ID|KIND")]
    target: String,
    #[command(flatten)]
    work: Work,
}

/// After Ctrl-C the job gets this long to end; then it is handed back with its attempt refunded.
const GRACE: Duration = Duration::from_secs(5);

pub(super) async fn run(
    command: Run,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let db = session.db().await?;
    let id = match command.target.parse::<JobId>() {
        Ok(id) => id,
        Err(_) => {
            let new = enqueue::prepare(&command.target, command.work, &db, session).await?;
            // Not handed out: it is for this process.
            let (job, is_new) = enqueue::write(new, &db, session).await?;
            ensure!(is_new, "{} is live already", job.id);
            job.id
        }
    };
    let row = find(&db, id).await?;
    let account_id = AccountId::from(row.account_id);
    make_due(&row, &db, session).await?;
    writeln!(console.err, "running {} {id} in this process", row.kind)?;
    let alone = Alone {
        settings: &session.settings,
        kinds: session.kinds.clone(),
        broker: Broker::new(&session.settings.redis, db.clone())?,
        db: db.clone(),
        clock: session.clock.clone(),
        executor: Handle::current(),
        grace: GRACE,
    };
    let was_free = run_alone(alone, account_id, id, async {
        // Without a way to hear it the job just runs to its end.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
    .await?;
    ensure!(
        was_free,
        "another worker has the job: see suitectl jobs show {id}"
    );
    let row = find(&db, id).await?;
    let ended_well = row.state == JobState::Succeeded.name();
    if session.json {
        show::json(console.out, &row)?;
    } else {
        print_jobs(console.out, &[row])?;
    }
    Ok(if ended_well {
        Ending::Fine
    } else {
        Ending::Bad
    })
}

async fn find(db: &Db, id: JobId) -> anyhow::Result<JobRow> {
    Ok(find_all(&mut db.fleet().await?, &[id]).await?.remove(0))
}

/// Brings the job into a state from which it can be claimed.
async fn make_due(row: &JobRow, db: &Db, session: &Session) -> anyhow::Result<()> {
    let id = JobId::from(row.id);
    let state: JobState = row.state.parse()?;
    let mut tx = db.account(row.account_id.into()).await?;
    match state {
        JobState::Succeeded => bail!("it has succeeded"),
        JobState::Running => bail!("it runs already: suitectl jobs kill takes it from its worker"),
        JobState::Queued => {}
        JobState::Scheduled | JobState::Retrying | JobState::Dead | JobState::Cancelled => {
            // Not handed out: it is for this process.
            jobs::retry(&mut tx, id).await?;
        }
    }
    let detail = serde_json::json!({ "kind": row.kind, "state": row.state });
    audit::note(&mut tx, session, "run_job", &id.to_string(), detail).await?;
    tx.commit().await?;
    Ok(())
}
