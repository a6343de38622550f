use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};
use suite_core::{job::JobRef, jobs::MailReport, mail::MailContent, report::ReportParams};
use suite_db::{
    AccountTx, billing,
    mails::{self, NewMail},
    report_schedules,
    reports::{self, ReportSummary},
    stores, users,
};

use crate::runtime::{JobContext, JobError};

/// So long a link in a mail opens its report.
const SHARED: TimeDelta = TimeDelta::days(30);

/// Writes a mail to each reader, but none by a schedule while the account is locked; the period of each is the day of the
/// schedule, or the report itself.
pub(crate) async fn run(job: MailReport, context: &JobContext) -> Result<Value, JobError> {
    let mut tx = context.db().account(context.account_id()).await?;
    context.fence(&mut tx).await?;
    let report = reports::find_summary(&mut tx, job.report_id).await?;
    // The lock may have fallen while the report was made.
    let is_held =
        job.schedule_id.is_some() && billing::is_locked(&mut tx, context.clock().now()).await?;
    let written = match report.filter(|_| !is_held) {
        Some(report) => write(&mut tx, &job, &report, context).await?,
        // Its store was deleted, or nobody pays for it.
        None => Vec::new(),
    };
    let outcome = json!({"report_id": job.report_id, "mails": written.len()});
    context.finish(&mut tx, &outcome).await?;
    tx.commit().await?;
    context.dispatch(&written);
    Ok(outcome)
}

async fn write(
    tx: &mut AccountTx,
    job: &MailReport,
    report: &ReportSummary,
    context: &JobContext,
) -> Result<Vec<JobRef>, JobError> {
    let title = title(tx, report).await?;
    let report_id = job.report_id;
    let (readers, content, period) = match job.schedule_id {
        Some(schedule_id) => (
            report_schedules::open_readers(tx, schedule_id).await?,
            MailContent::ScheduledReport {
                report_id,
                title,
                schedule_id: Some(schedule_id),
                shared_until: Some(context.clock().now() + SHARED),
            },
            format!("{schedule_id}/{}", job.day.unwrap_or_default()),
        ),
        None => (
            people(tx, job).await?,
            MailContent::ReportReady { report_id, title },
            report_id.to_string(),
        ),
    };
    let mut written = Vec::new();
    for recipient in readers {
        let mail = NewMail {
            recipient,
            content: content.clone(),
            period: period.clone(),
        };
        written.extend(mails::write(tx, &mail).await?);
    }
    Ok(written)
}

async fn people(tx: &mut AccountTx, job: &MailReport) -> Result<Vec<String>, JobError> {
    Ok(match job.user_id {
        Some(id) => users::get(tx, id)
            .await?
            .map(|user| user.email)
            .into_iter()
            .collect(),
        None => users::emails(tx).await?,
    })
}

/// Says what it is about, as in `Revenue of Corner shop, 1 Mar 2026 to 31 Mar 2026`.
async fn title(tx: &mut AccountTx, report: &ReportSummary) -> Result<String, JobError> {
    let store = stores::get(tx, report.store_id).await?;
    let store = store.map(|store| store.name).unwrap_or_default();
    let mut kind = report.kind.replace('_', " ");
    if let Some(first) = kind.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let params: Option<ReportParams> = serde_json::from_value(report.params.clone()).ok();
    let days = params.map(|params| days(params.from, params.to));
    Ok(format!("{kind} of {store}{}", days.unwrap_or_default()))
}

fn days(from: NaiveDate, to: NaiveDate) -> String {
    let day = |day: NaiveDate| day.format("%-d %b %Y").to_string();
    if from == to {
        format!(", {}", day(from))
    } else {
        format!(", {} to {}", day(from), day(to))
    }
}
