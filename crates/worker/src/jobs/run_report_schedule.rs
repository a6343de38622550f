use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use serde_json::{Value, json};
use suite_core::{
    Error,
    id::{ReportId, ReportScheduleId},
    job::{JobRef, NewJob},
    jobs::{BuildReport, MailReport, RunReportSchedule},
    report::{ReportParams, ReportWish},
    report_schedule::Timetable,
    schedule::Schedule,
};
use suite_db::{
    AccountTx, billing, jobs,
    report_schedules::{self, ReportSchedule},
    reports::{self, NewReport},
    schedules,
};

use crate::runtime::{JobContext, JobError};

/// Ticks go by the database's clock, periods by ours: where ours is behind by less, the tick's own period is meant.
const LEAD: TimeDelta = TimeDelta::minutes(10);

/// Starts the report of the latest period, unless it was started before: then, when nobody reads it, and while the account is
/// locked, nothing is done. What falls into a lock is not made up for: the next tick after it starts its own period.
pub(crate) async fn run(job: RunReportSchedule, context: &JobContext) -> Result<Value, JobError> {
    let mut tx = context.db().account(context.account_id()).await?;
    context.fence(&mut tx).await?;
    let started = match report_schedules::lock(&mut tx, job.schedule_id).await? {
        Some(schedule) => start(&mut tx, &schedule, context).await?,
        None => {
            // Its store is gone, and with it what was to be reported.
            schedules::remove(&mut tx, &name_of(job.schedule_id)).await?;
            None
        }
    };
    let report_id = started.map(|(id, _)| id);
    let outcome = json!({ "report_id": report_id });
    context.finish(&mut tx, &outcome).await?;
    tx.commit().await?;
    context.dispatch(started.map(|(_, job)| job).as_slice());
    Ok(outcome)
}

/// Returns what the row of the schedules is called that fires a report schedule.
fn name_of(id: ReportScheduleId) -> String {
    Schedule::name_of_report(id)
}

async fn start(
    tx: &mut AccountTx,
    schedule: &ReportSchedule,
    context: &JobContext,
) -> Result<Option<(ReportId, JobRef)>, JobError> {
    let timetable = schedule.timetable().map_err(JobError::Unreadable)?;
    let zone: Tz = schedule.timezone.parse().map_err(Error::internal)?;
    let now = context.clock().now() + LEAD;
    let Some(day) = timetable.latest_day(zone, now) else {
        return Ok(None);
    };
    let readers = report_schedules::open_readers(tx, schedule.id).await?;
    if schedule.paused_at.is_some() || readers.is_empty() {
        return Ok(None);
    }
    if billing::is_locked(tx, context.clock().now()).await? {
        return Ok(None);
    }
    if !report_schedules::begin(tx, schedule.id, day).await? {
        return Ok(None);
    }
    let started = order(tx, schedule, timetable, day).await?;
    Ok(Some(started))
}

/// Writes the report of a day with the two jobs that make it and mail it.
async fn order(
    tx: &mut AccountTx,
    schedule: &ReportSchedule,
    timetable: Timetable,
    day: NaiveDate,
) -> Result<(ReportId, JobRef), JobError> {
    let (from, to) = timetable.covers(day);
    let (kind, params) = ReportParams::parse(&ReportWish {
        kind: &schedule.kind,
        from: Some(&from.to_string()),
        to: &to.to_string(),
        group_by: &schedule.group_by(),
        compare: schedule.compare(),
    })?;
    let report_id = ReportId::new();
    let mail = MailReport {
        report_id,
        schedule_id: Some(schedule.id),
        day: Some(day),
        user_id: None,
    };
    let build = NewJob::new(tx.account_id(), &BuildReport { report_id })?;
    let chain = build.then(NewJob::new(tx.account_id(), &mail)?);
    let job = jobs::enqueue(tx, chain).await?.job;
    let new = NewReport {
        id: report_id,
        store_id: schedule.store_id,
        kind,
        params,
        job_id: job.id,
    };
    reports::insert(tx, &new).await?;
    Ok((report_id, job))
}
