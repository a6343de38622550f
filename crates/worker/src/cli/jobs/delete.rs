use std::collections::BTreeMap;

use serde_json::json;
use suite_core::{
    id::{AccountId, JobId},
    job::JobState,
};
use suite_db::{
    Db,
    operator::jobs::{self, JobRow},
};

use super::select::{Pages, Selected, Selection};
use crate::cli::{Console, Ending, Session, audit, confirm::confirm, show};

const OVER: &[JobState] = &[JobState::Succeeded, JobState::Dead, JobState::Cancelled];

pub(super) async fn run(
    selection: Selection,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let db = session.db().await?;
    let mut tx = db.fleet().await?;
    let selected = selection.resolve(&mut tx, session, OVER, OVER).await?;
    drop(tx);
    let jobs = show::count(selected.count(), "job");
    if selection.dry_run {
        return told(
            session,
            console,
            &format!("would delete {jobs}"),
            0,
            selected.count(),
        );
    }
    if selected.count() > 0 {
        confirm(
            console,
            selection.yes,
            &format!("Delete {jobs} with what they tell?"),
        )?;
    }
    let asked = selected.count();
    let deleted = match selected {
        Selected::These(rows) => delete(&db, session, &rows).await?,
        Selected::Matching { filter, .. } => {
            let mut pages = Pages::new(filter);
            let mut deleted = 0;
            loop {
                let rows = pages.next(&mut db.fleet().await?).await?;
                if rows.is_empty() {
                    break deleted;
                }
                deleted += delete(&db, session, &rows).await?;
            }
        }
    };
    let text = format!("deleted {} of {jobs}", show::thousands(deleted));
    told(session, console, &text, deleted, asked)
}

/// Deletes the jobs, an account at a time, each with its entry in the audit log.
async fn delete(db: &Db, session: &Session, rows: &[JobRow]) -> anyhow::Result<i64> {
    let mut by_account: BTreeMap<AccountId, Vec<JobId>> = BTreeMap::new();
    for row in rows {
        by_account
            .entry(row.account_id.into())
            .or_default()
            .push(row.id.into());
    }
    let mut deleted = 0;
    for (account_id, ids) in by_account {
        let mut tx = db.fleet().await?;
        let count = jobs::delete(&mut tx, account_id, &ids).await?;
        if count > 0 {
            let detail = json!({ "deleted": count, "jobs": ids });
            audit::note_for(&mut tx, account_id, session, "delete_jobs", "jobs", detail).await?;
        }
        tx.commit().await?;
        deleted += i64::try_from(count)?;
    }
    Ok(deleted)
}

fn told(
    session: &Session,
    console: &mut Console<'_>,
    text: &str,
    done: i64,
    asked: i64,
) -> anyhow::Result<Ending> {
    if session.json {
        show::json(console.out, &json!({ "selected": asked, "deleted": done }))?;
    } else {
        writeln!(console.out, "{text}")?;
    }
    Ok(Ending::Fine)
}
