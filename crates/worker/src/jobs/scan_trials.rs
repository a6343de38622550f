use chrono::TimeDelta;
use serde_json::{Value, json};
use suite_core::{
    id::AccountId,
    jobs::ScanTrials,
    mail::MailContent,
    trial::{TrialNotice, days_left, due_notice},
};
use suite_db::{
    mails::{self, NewMail},
    trials::{self, Trial},
};

use crate::runtime::{JobContext, JobError};

/// Trials that are read at a time.
const SLICE: i32 = 1_000;

/// Writes the mails that are due to accounts in their trial. Whoever runs it, and however often: each is written once.
pub(crate) async fn run(_: ScanTrials, context: &JobContext) -> Result<Value, JobError> {
    let warn_days = &context.settings().trial.warn_days;
    let furthest = warn_days.iter().copied().max().unwrap_or(0);
    let until = context.clock().now() + TimeDelta::days(i64::from(furthest));
    let (mut scanned, mut written, mut after) = (0_u64, 0_u64, None);
    loop {
        context.check_cancelled()?;
        let mut tx = context.db().fleet().await?;
        let found = trials::ending(&mut tx, until, after, SLICE).await?;
        tx.commit().await?;
        let Some(last) = found.last() else { break };
        after = Some(last.account_id());
        scanned += found.len() as u64;
        for trial in found {
            if is_untold(&trial, context, warn_days) && tell(trial.account_id(), context).await? {
                written += 1;
            }
        }
        context.progress(scanned, None, "trials", "scanning");
    }
    Ok(json!({"scanned": scanned, "written": written}))
}

fn is_untold(trial: &Trial, context: &JobContext, warn_days: &[u32]) -> bool {
    match due_notice(trial.ends_at, context.clock().now(), warn_days) {
        None => false,
        Some(TrialNotice::Ended) => true,
        Some(TrialNotice::Warning { days_before }) => !trial
            .warned
            .iter()
            .any(|days| u32::try_from(*days) == Ok(days_before)),
    }
}

/// Writes the notice that is due to one account, by its state at this moment: it may have paid meanwhile.
async fn tell(account_id: AccountId, context: &JobContext) -> Result<bool, JobError> {
    let mut tx = context.db().account(account_id).await?;
    let Some((ends_at, recipient)) = trials::hold(&mut tx).await? else {
        return Ok(false);
    };
    let now = context.clock().now();
    let Some(notice) = due_notice(ends_at, now, &context.settings().trial.warn_days) else {
        return Ok(false);
    };
    let content = match notice {
        TrialNotice::Warning { days_before } => MailContent::TrialWarning {
            days_before,
            days_left: days_left(ends_at, now),
            trial_ends_at: ends_at,
        },
        TrialNotice::Ended => MailContent::TrialEnded {
            trial_ended_at: ends_at,
        },
    };
    let mail = NewMail {
        recipient,
        content,
        period: trials::period(ends_at, notice),
    };
    let job = mails::write(&mut tx, &mail).await?;
    tx.commit().await?;
    context.dispatch(job.as_slice());
    Ok(job.is_some())
}
