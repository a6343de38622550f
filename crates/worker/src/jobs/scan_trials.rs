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
    trials::{self, HeldTrial, Trial},
};

use crate::runtime::{JobContext, JobError};

/// Trials that are read, and told, at a time: while a slice is written, payments of its accounts wait for some tens of
/// milliseconds.
const SLICE: i32 = 500;

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
        let untold: Vec<AccountId> = found
            .iter()
            .filter(|trial| is_untold(trial, context, warn_days))
            .map(Trial::account_id)
            .collect();
        if !untold.is_empty() {
            written += tell(&untold, context).await?;
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

/// Writes the notices that are due to a slice of accounts, all or none, by their state at this moment: some may have paid
/// meanwhile, and others may have been told.
async fn tell(accounts: &[AccountId], context: &JobContext) -> Result<u64, JobError> {
    let mut tx = context.db().fleet().await?;
    let mut mails = Vec::with_capacity(accounts.len());
    for trial in trials::hold(&mut tx, accounts).await? {
        let account_id = trial.account_id();
        mails.extend(notice(trial, context).map(|mail| (account_id, mail)));
    }
    let jobs = mails::write_to_accounts(&mut tx, &mails).await?;
    tx.commit().await?;
    context.dispatch(&jobs);
    Ok(jobs.len() as u64)
}

fn notice(trial: HeldTrial, context: &JobContext) -> Option<NewMail> {
    let (ends_at, now) = (trial.ends_at, context.clock().now());
    let notice = due_notice(ends_at, now, &context.settings().trial.warn_days)?;
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
    Some(NewMail {
        recipient: trial.recipient,
        content,
        period: trials::period(ends_at, notice),
    })
}
