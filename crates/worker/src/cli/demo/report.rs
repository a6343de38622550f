//! Asks for the report that the demo shows first.

use anyhow::{Context, bail};
use chrono::NaiveDate;
use chrono_tz::Tz;
use suite_core::{
    id::ReportId,
    job::NewJob,
    jobs::BuildReport,
    report::{Grouping, ReportKind, ReportParams, RevenueResult},
    store_time::store_day,
};
use suite_db::{
    jobs,
    operator::stores::span_of_orders,
    reports::{self, NewReport},
    stores::Store,
};

use super::wait::Work;
use crate::cli::{Console, audit, show};

/// The report and what it says in short.
pub(super) struct Outcome {
    pub(super) store: String,
    pub(super) id: ReportId,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    result: RevenueResult,
}

impl Outcome {
    pub(super) fn summary(&self) -> String {
        let totals = &self.result.totals;
        format!(
            "{} {} net of {} from {} to {}",
            self.result.currency,
            totals.net,
            show::count(totals.orders, "order"),
            self.from,
            self.to
        )
    }
}

/// Finds a finished report of the store unless there is news, or has one built by month, product and country.
pub(super) async fn find_or_build(
    store: &Store,
    has_news: bool,
    work: &mut Work<'_>,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    let mut tx = work.db.account(work.account_id).await?;
    for summary in reports::list(&mut tx, Some(store.id), None, 20).await? {
        if summary.finished_at.is_some() && !has_news {
            drop(tx);
            return read(store, summary.id, work).await;
        }
    }
    let zone: Tz = store.timezone.parse()?;
    let Some((first, last)) = span_of_orders(&mut tx, store.id).await? else {
        bail!("no order came in: see the rejected rows of the import");
    };
    let report_id = ReportId::new();
    let job = NewJob::new(work.account_id, &BuildReport { report_id })?;
    let new = NewReport {
        id: report_id,
        store_id: store.id,
        kind: ReportKind::Revenue,
        params: ReportParams {
            from: store_day(first, zone),
            to: store_day(last, zone),
            group_by: [Grouping::Month, Grouping::Product, Grouping::Country].into(),
            compare: None,
        },
        job_id: job.id,
    };
    reports::insert(&mut tx, &new).await?;
    let enqueued = jobs::enqueue(&mut tx, job).await?;
    audit::note(
        &mut tx,
        work.session,
        "create_report",
        &report_id.to_string(),
        audit::no_detail(),
    )
    .await?;
    tx.commit().await?;
    work.run(enqueued.job, "report", console).await?;
    let outcome = read(store, report_id, work).await?;
    work.progress
        .done(console, &format!("reported {}", outcome.summary()))?;
    Ok(outcome)
}

async fn read(store: &Store, id: ReportId, work: &Work<'_>) -> anyhow::Result<Outcome> {
    let mut tx = work.db.account(work.account_id).await?;
    let report = reports::find(&mut tx, id)
        .await?
        .context("the report is gone")?;
    let result: RevenueResult =
        serde_json::from_value(report.result.context("the report has no result")?)?;
    Ok(Outcome {
        store: store.name.clone(),
        id,
        from: result.from,
        to: result.to,
        result,
    })
}
