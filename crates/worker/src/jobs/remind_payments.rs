use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use suite_core::{
    jobs::RemindPayments,
    mail::MailContent,
    trial::{TrialNotice, due_notice},
};
use suite_db::{
    billing::{self, OpenPayment},
    mails::{self, NewMail},
};

use crate::runtime::{JobContext, JobError};

/// Payments that are read at a time.
const SLICE: i32 = 500;
/// Who has been locked for longer has been told, or finds out by themselves.
const NEWS: TimeDelta = TimeDelta::days(7);

/// Writes the mails that are due to accounts with an open payment. Whoever runs it, and however often: each is written once.
pub(crate) async fn run(_: RemindPayments, context: &JobContext) -> Result<Value, JobError> {
    let billing = &context.settings().billing;
    let earliest = billing.remind_days.iter().copied().max().unwrap_or(0);
    let now = context.clock().now();
    let before = now - billing.grace() + TimeDelta::days(i64::from(earliest));
    let (mut open, mut written, mut after) = (0_u64, 0_u64, None);
    loop {
        context.check_cancelled()?;
        let mut tx = context.db().fleet().await?;
        let found = billing::open_payments(&mut tx, before, after, SLICE).await?;
        tx.commit().await?;
        let Some(last) = found.last() else { break };
        after = Some(last.account_id());
        open += found.len() as u64;
        for payment in found {
            if due(&payment, now, context).is_some() && tell(&payment, context).await? {
                written += 1;
            }
        }
        context.progress(open, None, "payments", "reminding");
    }
    Ok(json!({"open": open, "written": written}))
}

fn due(payment: &OpenPayment, now: DateTime<Utc>, context: &JobContext) -> Option<TrialNotice> {
    let remind_days = &context.settings().billing.remind_days;
    // An open payment ends as a trial does: with a warning some days before, and a word when it is over.
    due_notice(payment.locked_at, now, remind_days)
        .filter(|notice| *notice != TrialNotice::Ended || now - payment.locked_at < NEWS)
}

/// Writes what is due about one payment, by its state at this moment: it may have been paid meanwhile.
async fn tell(payment: &OpenPayment, context: &JobContext) -> Result<bool, JobError> {
    let mut tx = context.db().account(payment.account_id()).await?;
    let Some(payment) = billing::hold(&mut tx, &payment.subscription_id).await? else {
        return Ok(false);
    };
    let Some(notice) = due(&payment, context.clock().now(), context) else {
        return Ok(false);
    };
    let Some(recipient) = billing::owner_email(&mut tx).await? else {
        return Ok(false);
    };
    let about = payment.invoice.unwrap_or(payment.subscription_id);
    let locked_at = payment.locked_at;
    let (content, period) = match notice {
        TrialNotice::Warning { days_before } => (
            MailContent::PaymentReminder { locked_at },
            format!("{about}/{days_before}"),
        ),
        TrialNotice::Ended => (MailContent::AccountLocked { locked_at }, about),
    };
    let mail = NewMail {
        recipient,
        content,
        period,
    };
    let job = mails::write(&mut tx, &mail).await?;
    tx.commit().await?;
    context.dispatch(job.as_slice());
    Ok(job.is_some())
}
