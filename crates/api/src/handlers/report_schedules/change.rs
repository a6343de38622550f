use actix_web::web::Data;
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer};
use serde_json::json;
use suite_core::{
    Error,
    id::{ReportScheduleId, StoreId},
    jobs::RunReportSchedule,
    report_schedule::{Timetable, TimetableText},
    schedule::Schedule,
};
use suite_db::{
    AccountTx,
    report_schedules::{self, ReportSchedule, ScheduleTerms},
    schedules,
    stores::{self, Store},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    ScheduleView,
    check::{Said, check},
    missing, view,
};
use crate::{
    App,
    extract::{Id, IfMatch, Json, Member, etag},
    idempotency::IdempotencyKey,
    problem::{ApiResult, ProblemView},
    respond::Answer,
};

/// An account has no more than these.
const SCHEDULES_MAX: i64 = 100;

/// A schedule to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleToMake {
    store_id: Uuid,
    /// The kind of report, as in `POST /v1/reports`.
    kind: String,
    /// Its series, as in `POST /v1/reports`.
    #[serde(default)]
    group_by: Vec<String>,
    /// The range that each is compared with, as in `POST /v1/reports`.
    compare: Option<String>,
    /// `daily`, `weekly` or `monthly`.
    rhythm: String,
    /// `HH:MM` on the store's wall clock.
    time: String,
    /// `monday` to `sunday`; for `weekly` alone.
    weekday: Option<String>,
    /// 1 to 31; for `monthly` alone. A shorter month has it on its last day: 31 is the last day of every month.
    #[schema(minimum = 1, maximum = 31)]
    day_of_month: Option<i32>,
    /// 1 to 20 addresses. Each gets a mail of its own, with a link by which to stop it.
    recipients: Vec<String>,
}

/// What to change; what is left out stays. `rhythm` comes with its day.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleToChange {
    group_by: Option<Vec<String>>,
    /// Null: with nothing.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    compare: Option<Option<String>>,
    rhythm: Option<String>,
    time: Option<String>,
    weekday: Option<String>,
    #[schema(minimum = 1, maximum = 31)]
    day_of_month: Option<i32>,
    recipients: Option<Vec<String>>,
    /// Held: nothing is made until it goes on, and nothing is made up then.
    is_paused: Option<bool>,
}

/// Tells what is null from what is left out.
fn present<'de, T, D>(value: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(value).map(Some)
}

/// Makes a schedule. The first report comes at its next time.
#[utoipa::path(post, path = "/v1/report-schedules", tag = "reports", request_body = ScheduleToMake,
    responses((status = 201, body = ScheduleView), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn create(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<ScheduleToMake>,
) -> ApiResult<Answer> {
    let (timetable, addresses) = check(&Said {
        kind: &body.kind,
        group_by: &body.group_by,
        compare: body.compare.as_deref(),
        timetable: TimetableText {
            rhythm: &body.rhythm,
            time: &body.time,
            weekday: body.weekday.as_deref(),
            day_of_month: body.day_of_month,
        },
        recipients: &body.recipients,
    })?;
    let terms = ScheduleTerms {
        kind: body.kind,
        params: json!({"group_by": body.group_by, "compare": body.compare}),
        timetable,
        paused_at: None,
    };
    let store_id = StoreId::from(body.store_id);
    let work = async |tx: &mut AccountTx| {
        let store = stores::get(tx, store_id).await?;
        let store = store.ok_or(Error::NotFound { what: "store" })?;
        if report_schedules::count(tx).await? >= SCHEDULES_MAX {
            let reason = format!("an account has at most {SCHEDULES_MAX} report schedules");
            return Err(Error::Conflict { reason }.into());
        }
        let (id, now) = (ReportScheduleId::new(), app.clock.now());
        report_schedules::put(tx, (id, store_id), &terms, now).await?;
        report_schedules::set_readers(tx, id, &addresses, now).await?;
        set_clock(tx, id, timetable, &store.timezone).await?;
        let row = report_schedules::get(tx, id).await?.ok_or_else(missing)?;
        let tag = etag(row.revision);
        let view = view(tx, row, now).await?;
        Ok(Answer::created(format!("/v1/report-schedules/{id}"), &view)?.etag(tag))
    };
    key.run(&app, &who, work).await
}

/// Makes the row of the schedules that fires it.
async fn set_clock(
    tx: &mut AccountTx,
    id: ReportScheduleId,
    timetable: Timetable,
    timezone: &str,
) -> ApiResult<()> {
    let zone: Tz = timezone.parse().map_err(Error::internal)?;
    let job = RunReportSchedule { schedule_id: id };
    let (name, expression) = (Schedule::name_of_report(id), timetable.expression());
    let schedule = Schedule::new(name, &expression, zone, &job)?;
    Ok(schedules::put(tx, &schedule).await?)
}

/// Lets the schedules of a store fire by its new time zone.
pub(crate) async fn follow_store(tx: &mut AccountTx, store: &Store) -> ApiResult<()> {
    for row in report_schedules::list(tx, Some(store.id), None, SCHEDULES_MAX).await? {
        set_clock(tx, row.id, row.timetable()?, &store.timezone).await?;
    }
    Ok(())
}

/// Changes a schedule.
#[utoipa::path(patch, path = "/v1/report-schedules/{id}", tag = "reports", request_body = ScheduleToChange,
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    responses((status = 200, body = ScheduleView), (status = 404, body = ProblemView),
        (status = 412, body = ProblemView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn update(
    app: Data<App>,
    who: Member,
    Id(id): Id<ReportScheduleId>,
    version: IfMatch,
    key: IdempotencyKey,
    Json(body): Json<ScheduleToChange>,
) -> ApiResult<Answer> {
    let work = async |tx: &mut AccountTx| {
        let row = report_schedules::lock(tx, id).await?.ok_or_else(missing)?;
        version.check(row.revision)?;
        change(&app, tx, &row, &body).await?;
        let row = report_schedules::get(tx, id).await?.ok_or_else(missing)?;
        let tag = etag(row.revision);
        let view = view(tx, row, app.clock.now()).await?;
        Ok(Answer::ok(&view)?.etag(tag))
    };
    key.run(&app, &who, work).await
}

async fn change(
    app: &App,
    tx: &mut AccountTx,
    row: &ReportSchedule,
    body: &ScheduleToChange,
) -> ApiResult<()> {
    let (present, now) = (row.timetable()?, app.clock.now());
    let known = report_schedules::readers(tx, &[row.id]).await?;
    let known: Vec<String> = known.into_iter().map(|reader| reader.address).collect();
    let group_by = body.group_by.clone().unwrap_or_else(|| row.group_by());
    let compare = match &body.compare {
        Some(said) => said.as_deref(),
        None => row.compare(),
    };
    let time = body.time.clone().unwrap_or_else(|| present.time());
    // A new rhythm brings its own day.
    let stays = body
        .rhythm
        .as_deref()
        .is_none_or(|name| name == present.rhythm.name());
    let present_day = present
        .rhythm
        .day_of_month()
        .and_then(|day| i32::try_from(day).ok());
    let weekday = body.weekday.as_deref();
    let (timetable, addresses) = check(&Said {
        kind: &row.kind,
        group_by: &group_by,
        compare,
        timetable: TimetableText {
            rhythm: body.rhythm.as_deref().unwrap_or(present.rhythm.name()),
            time: &time,
            weekday: weekday.or(present.rhythm.weekday_name().filter(|_| stays)),
            day_of_month: body.day_of_month.or(present_day.filter(|_| stays)),
        },
        recipients: body.recipients.as_ref().unwrap_or(&known),
    })?;
    let paused_at = match body.is_paused {
        None => row.paused_at,
        Some(true) => row.paused_at.or(Some(now)),
        Some(false) => None,
    };
    let terms = ScheduleTerms {
        kind: row.kind.clone(),
        params: json!({ "group_by": group_by, "compare": compare }),
        timetable,
        paused_at,
    };
    report_schedules::put(tx, (row.id, row.store_id), &terms, now).await?;
    report_schedules::set_readers(tx, row.id, &addresses, now).await?;
    set_clock(tx, row.id, timetable, &row.timezone).await?;
    let name = Schedule::name_of_report(row.id);
    if paused_at.is_some() {
        schedules::pause(tx, &name).await?;
    } else {
        schedules::resume(tx, &name).await?;
    }
    Ok(())
}

/// Removes a schedule. Reports that it has made stay.
#[utoipa::path(delete, path = "/v1/report-schedules/{id}", tag = "reports", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn delete(
    app: Data<App>,
    who: Member,
    Id(id): Id<ReportScheduleId>,
    key: IdempotencyKey,
) -> ApiResult<Answer> {
    let work = async |tx: &mut AccountTx| {
        if !report_schedules::delete(tx, id).await? {
            return Err(missing().into());
        }
        schedules::remove(tx, &Schedule::name_of_report(id)).await?;
        Ok(Answer::no_content())
    };
    key.run(&app, &who, work).await
}
