//! Computes a report from the rollups and keeps its result. Running twice keeps the same result twice.

mod revenue;

use serde_json::{Value, json};
use suite_core::{Error, jobs::BuildReport, report::ReportKind};
use suite_db::reports::{self, ReportSubject};

use crate::runtime::{JobContext, JobError};

pub(crate) async fn run(job: BuildReport, context: &JobContext) -> Result<Value, JobError> {
    let mut tx = context.db().account(context.account_id()).await?;
    let subject = reports::find_subject(&mut tx, job.report_id).await?;
    drop(tx);
    // The store may have been deleted since the report was asked for.
    let subject = subject.ok_or(Error::NotFound { what: "report" })?;
    let result = match subject.kind {
        ReportKind::Revenue => compute_revenue(&subject, context).await?,
    };
    let outcome = json!({ "report_id": job.report_id });
    let mut tx = context.db().account(context.account_id()).await?;
    reports::save_result(&mut tx, job.report_id, &result).await?;
    context.finish(&mut tx, &outcome).await?;
    tx.commit().await?;
    Ok(outcome)
}

async fn compute_revenue(subject: &ReportSubject, context: &JobContext) -> Result<Value, JobError> {
    let mut tx = context
        .db()
        .account_for_reports(context.account_id())
        .await?;
    let mut result = revenue::totals(&mut tx, subject).await?;
    let wanted = u64::try_from(subject.params.group_by.len()).ok();
    for (done, &grouping) in (0..).zip(&subject.params.group_by) {
        context.check_cancelled()?;
        context.progress(done, wanted, "series", grouping.name());
        let rows = revenue::series(&mut tx, subject, grouping).await?;
        result.series.insert(grouping, rows);
    }
    Ok(serde_json::to_value(&result).map_err(Error::internal)?)
}
