use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};
use suite_core::{
    id::AccountId,
    job::{JobRef, NewJob},
    trace::TraceContext,
};
use suite_db::{Db, jobs};

use crate::cli::{
    Console, Ending, Session, accounts::find_account, audit, queue, show, since::Moment,
};

/// What a new job is.
#[derive(Debug, Args)]
pub(super) struct Work {
    /// Its arguments as JSON; what its kind does not know is refused
    #[arg(value_name = "JSON", default_value = "{}")]
    args: String,
    /// For this account: its id, or an e-mail that logs in for it; none makes it the operator's own
    #[arg(long, value_name = "ID|EMAIL")]
    account: Option<String>,
    /// What makes it the same as another live one, in place of what its kind says
    #[arg(long, value_name = "KEY")]
    unique_key: Option<String>,
}

/// Writes a job and hands it out.
#[derive(Debug, Args)]
pub struct Enqueue {
    /// Its kind, such as `build_report`
    kind: String,
    #[command(flatten)]
    work: Work,
    /// Not before this time: 90s, 30m, 2h or 7d from now, a date, or RFC 3339
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
}

pub(super) async fn run(
    command: Enqueue,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let db = session.db().await?;
    let mut new = prepare(&command.kind, command.work, &db, session).await?;
    new.run_at = command.at.map(|at| at.resolve(session.clock.now()));
    let is_delayed = new.run_at.is_some();
    let (job, is_new) = write(new, &db, session).await?;
    // A job that waits for its time is handed out by the keeper.
    if is_new && !is_delayed {
        queue::hand_out(session, &db, &[job], console).await?;
    }
    if session.json {
        let told = json!({ "id": job.id, "queue": job.queue.name(), "is_new": is_new });
        show::json(console.out, &told)?;
    } else if is_new {
        writeln!(console.out, "{} waits in {}", job.id, job.queue)?;
    } else {
        writeln!(
            console.out,
            "{} is live already; nothing was written",
            job.id
        )?;
    }
    Ok(Ending::Fine)
}

/// Makes a job of what was typed, as far as its kind accepts it.
pub(super) async fn prepare(
    kind: &str,
    work: Work,
    db: &Db,
    session: &Session,
) -> anyhow::Result<NewJob> {
    let args: Value = serde_json::from_str(&work.args).context("the arguments are no JSON")?;
    let known = session.kinds.find(kind).with_context(|| {
        let names = session.kinds.names().join(", ");
        format!("there is no kind {kind:?}: this program knows {names}")
    })?;
    let account_id = match &work.account {
        Some(account) => find_account(&mut db.fleet().await?, account)
            .await?
            .id
            .into(),
        None => AccountId::OPERATOR,
    };
    let new = known.new_job(account_id, args)?;
    Ok(NewJob {
        unique_key: work.unique_key.or_else(|| new.unique_key.clone()),
        ..new.traced(Some(TraceContext::begin().to_string()))
    })
}

/// Writes the job with its entry in the audit log. Tells whether it is new, or an equal one is live.
pub(super) async fn write(
    new: NewJob,
    db: &Db,
    session: &Session,
) -> anyhow::Result<(JobRef, bool)> {
    let detail = json!({ "kind": new.terms.name, "args": new.args, "run_at": new.run_at });
    let mut tx = db.account(new.account_id).await?;
    let enqueued = jobs::enqueue(&mut tx, new).await?;
    if enqueued.is_new {
        let subject = enqueued.job.id.to_string();
        audit::note(&mut tx, session, "enqueue_job", &subject, detail).await?;
    }
    tx.commit().await?;
    Ok((enqueued.job, enqueued.is_new))
}
