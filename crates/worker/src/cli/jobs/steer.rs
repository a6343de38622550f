//! Retrying, cancelling and killing, one job or many.

use clap::Args;
use serde_json::json;
use suite_core::{
    Error,
    id::{AccountId, JobId},
    job::{JobRef, JobState},
};
use suite_db::{Db, jobs, operator::jobs::JobRow};

use super::select::{Pages, Selected, Selection};
use crate::cli::{Console, Ending, Session, audit, confirm::confirm, queue, show};

/// Jobs to retry, cancel or kill.
#[derive(Debug, Args)]
pub struct Steer {
    #[command(flatten)]
    selection: Selection,
}

/// What to do to the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Retry,
    Cancel,
    Kill,
}

impl Order {
    const fn action(self) -> &'static str {
        match self {
            Self::Retry => "retry_job",
            Self::Cancel => "cancel_job",
            Self::Kill => "kill_job",
        }
    }

    const fn past(self) -> &'static str {
        match self {
            Self::Retry => "retried",
            Self::Cancel => "cancelled",
            Self::Kill => "killed",
        }
    }

    const fn verb(self) -> &'static str {
        match self {
            Self::Retry => "Retry",
            Self::Cancel => "Cancel",
            Self::Kill => "Kill",
        }
    }

    const fn applicable(self) -> &'static [JobState] {
        match self {
            Self::Retry => &[
                JobState::Dead,
                JobState::Cancelled,
                JobState::Scheduled,
                JobState::Retrying,
            ],
            Self::Cancel => &[
                JobState::Queued,
                JobState::Scheduled,
                JobState::Running,
                JobState::Retrying,
            ],
            Self::Kill => &[JobState::Running],
        }
    }

    /// Who retries everything means what failed, not what somebody called off.
    const fn usual(self) -> &'static [JobState] {
        match self {
            Self::Retry => &[JobState::Dead],
            Self::Cancel | Self::Kill => self.applicable(),
        }
    }
}

/// How it went.
#[derive(Default)]
struct Tally {
    done: i64,
    refused: Vec<(JobId, String)>,
    to_hand_out: Vec<JobRef>,
}

pub(super) async fn run(
    order: Order,
    command: Steer,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let selection = command.selection;
    let db = session.db().await?;
    let mut tx = db.fleet().await?;
    let selected = selection
        .resolve(&mut tx, session, order.applicable(), order.usual())
        .await?;
    drop(tx);
    let asked = selected.count();
    if selection.dry_run {
        return tell_dry_run(order, asked, session, console);
    }
    let mut tally = Tally::default();
    match selected {
        Selected::These(rows) => {
            // Work that runs is lost; a retry loses nothing.
            if order != Order::Retry {
                confirm(console, selection.yes, &question(order, asked))?;
            }
            steer(order, &db, session, &rows, &mut tally).await?;
        }
        Selected::Matching { filter, .. } => {
            if asked > 0 {
                confirm(console, selection.yes, &question(order, asked))?;
            }
            let mut pages = Pages::new(filter);
            loop {
                let rows = pages.next(&mut db.fleet().await?).await?;
                if rows.is_empty() {
                    break;
                }
                steer(order, &db, session, &rows, &mut tally).await?;
                hand_out(session, &db, &mut tally, console).await?;
            }
        }
    }
    hand_out(session, &db, &mut tally, console).await?;
    tell(order, asked, &tally, session, console)
}

fn question(order: Order, asked: i64) -> String {
    format!("{} {}?", order.verb(), show::count(asked, "job"))
}

/// Each job in a transaction of its own, together with its entry in the audit log: one that refuses holds up no other.
async fn steer(
    order: Order,
    db: &Db,
    session: &Session,
    rows: &[JobRow],
    tally: &mut Tally,
) -> anyhow::Result<()> {
    for row in rows {
        let id = JobId::from(row.id);
        if order == Order::Kill && row.state != JobState::Running.name() {
            tally.refused.push((id, "it does not run".to_owned()));
            continue;
        }
        let mut tx = db.account(AccountId::from(row.account_id)).await?;
        let steered = match order {
            Order::Retry => jobs::retry(&mut tx, id).await.map(Some),
            Order::Cancel | Order::Kill => jobs::cancel(&mut tx, id).await.map(|_| None),
        };
        match steered.map_err(Error::from) {
            Ok(to_hand_out) => {
                let detail = json!({ "kind": row.kind, "state": row.state });
                audit::note(&mut tx, session, order.action(), &id.to_string(), detail).await?;
                tx.commit().await?;
                if order == Order::Kill {
                    let mut connection = db.fleet_connection().await?;
                    let started = jobs::kill(&mut connection, row.account_id.into(), id).await?;
                    tally.to_hand_out.extend(started.unwrap_or_default());
                }
                tally.done += 1;
                tally.to_hand_out.extend(to_hand_out);
            }
            Err(Error::Conflict { reason }) => tally.refused.push((id, reason)),
            Err(Error::NotFound { .. }) => tally.refused.push((id, "it is gone".to_owned())),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Goes on with what is done even while Redis is away.
async fn hand_out(
    session: &Session,
    db: &Db,
    tally: &mut Tally,
    console: &mut Console<'_>,
) -> anyhow::Result<()> {
    let jobs = std::mem::take(&mut tally.to_hand_out);
    queue::hand_out(session, db, &jobs, console).await
}

fn tell_dry_run(
    order: Order,
    asked: i64,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    if session.json {
        show::json(console.out, &json!({ "selected": asked, order.past(): 0 }))?;
    } else {
        writeln!(
            console.out,
            "{} would be {}",
            show::count(asked, "job"),
            order.past()
        )?;
    }
    Ok(Ending::Fine)
}

fn tell(
    order: Order,
    asked: i64,
    tally: &Tally,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    if session.json {
        let refused: Vec<_> = tally
            .refused
            .iter()
            .map(|(id, reason)| json!({ "id": id, "reason": reason }))
            .collect();
        let answer = json!({ "selected": asked, order.past(): tally.done, "refused": refused });
        show::json(console.out, &answer)?;
    } else {
        for (id, reason) in &tally.refused {
            writeln!(console.out, "{id}: {reason}")?;
        }
        let jobs = show::count(tally.done, "job");
        let note = if order == Order::Cancel {
            "; running ones stop within seconds"
        } else {
            ""
        };
        writeln!(console.out, "{jobs} {}{note}", order.past())?;
    }
    Ok(if tally.refused.is_empty() {
        Ending::Fine
    } else {
        Ending::Bad
    })
}
