use std::time::Duration;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use suite_core::{
    id::ReportId,
    job::NewJob,
    jobs::BuildReport,
    report::{Grouping, ReportKind, ReportParams, RevenueResult},
};
use suite_db::{
    jobs::{self, JobRow},
    reports::{self, NewReport},
};

use crate::{figures::median, jobs::wait_for, stand::Stand};

const TIMES: u32 = 5;

/// What came of the reports.
pub(crate) struct Measured {
    /// From the claim of the job until its result was kept, the median.
    pub(crate) worker_time: Duration,
    pub(crate) result: RevenueResult,
}

/// Has the whole file reported by month, product and country.
pub(crate) async fn run(stand: &Stand) -> Result<Measured> {
    let params = ReportParams {
        from: stand.first_day().await?,
        to: stand.last_day().await?,
        group_by: [Grouping::Month, Grouping::Product, Grouping::Country].into(),
        compare: None,
    };
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..TIMES {
        let (id, job) = ask(stand, params.clone()).await?;
        let done = wait_for(stand, job, Duration::from_millis(5)).await?;
        times.push(worker_time(&done)?);
        last = Some(id);
    }
    let mut tx = stand.db.account(stand.account_id).await?;
    let report = reports::find(&mut tx, last.context("no report was made")?).await?;
    let result = report
        .and_then(|report| report.result)
        .context("the report has no result")?;
    Ok(Measured {
        worker_time: median(&mut times),
        result: serde_json::from_value(result)?,
    })
}

/// Asks for one report as the API does; returns at once.
pub(crate) async fn ask(
    stand: &Stand,
    params: ReportParams,
) -> Result<(ReportId, suite_core::id::JobId)> {
    let id = ReportId::new();
    let job = NewJob::new(stand.account_id, &BuildReport { report_id: id })?;
    let job_id = job.id;
    let new = NewReport {
        id,
        store_id: stand.store_id,
        kind: ReportKind::Revenue,
        params,
        job_id,
    };
    let mut tx = stand.db.account(stand.account_id).await?;
    reports::insert(&mut tx, &new).await?;
    let enqueued = jobs::enqueue(&mut tx, job).await?;
    tx.commit().await?;
    stand.broker.dispatch(&[enqueued.job]);
    Ok((id, job_id))
}

/// A day on which nothing was sold.
pub(crate) fn empty_day() -> Result<ReportParams> {
    let day = NaiveDate::from_ymd_opt(1999, 1, 1).context("a day of the calendar")?;
    Ok(ReportParams {
        from: day,
        to: day,
        group_by: [].into(),
        compare: None,
    })
}

fn worker_time(job: &JobRow) -> Result<Duration> {
    let started = job.started_at.context("the job has no start")?;
    let finished = job.finished_at.context("the job has no end")?;
    Ok((finished - started).to_std()?)
}
