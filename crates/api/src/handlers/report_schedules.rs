//! Reports that come by themselves.

mod change;
mod check;

pub(crate) use change::follow_store;
pub(crate) use change::{__path_create, __path_delete, __path_update, create, delete, update};

use actix_web::{HttpResponse, http::header::ETAG, web::Data};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    id::{ReportScheduleId, StoreId},
};
use suite_db::{
    AccountTx,
    report_schedules::{self, Reader, ReportSchedule},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, Listing, Member, PageParams, etag},
    problem::{ApiResult, ProblemView},
    respond::PageOf,
};

/// A report that comes by itself.
#[derive(Serialize, ToSchema)]
#[schema(as = ReportSchedule)]
pub(crate) struct ScheduleView {
    id: Uuid,
    store_id: Uuid,
    /// The kind of report.
    kind: String,
    /// Its series.
    group_by: Vec<String>,
    /// The range that it is compared with: `previous_period` or `previous_year`.
    compare: Option<String>,
    /// `daily` about the day before, `weekly` about the seven days before, `monthly` about the calendar month
    /// before.
    rhythm: String,
    /// `HH:MM` on the store's wall clock.
    time: String,
    /// `monday` to `sunday`, of a weekly one.
    weekday: Option<String>,
    /// 1 to 31, of a monthly one. A shorter month has it on its last day: 31 is the last day of every month.
    day_of_month: Option<u32>,
    recipients: Vec<RecipientView>,
    is_paused: bool,
    /// When it comes next.
    next_at: Option<DateTime<Utc>>,
    /// The store's day that it was last made for.
    last_day: Option<NaiveDate>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// Somebody who gets it.
#[derive(Serialize, ToSchema)]
#[schema(as = ReportRecipient)]
pub(crate) struct RecipientView {
    #[schema(format = "email")]
    address: String,
    /// When they stopped it by the link in a mail; only they could begin it again.
    stopped_at: Option<DateTime<Utc>>,
}

/// Which schedules to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScheduleFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
}

impl ScheduleView {
    fn new(row: ReportSchedule, readers: &[Reader], now: DateTime<Utc>) -> ApiResult<Self> {
        let timetable = row.timetable()?;
        let zone = row.timezone.parse().map_err(Error::internal)?;
        let next_at = timetable.next_after(zone, now);
        let own = readers.iter().filter(|reader| reader.schedule_id == row.id);
        Ok(Self {
            group_by: row.group_by(),
            compare: row.compare().map(ToOwned::to_owned),
            rhythm: timetable.rhythm.name().to_owned(),
            time: timetable.time(),
            weekday: timetable.rhythm.weekday_name().map(ToOwned::to_owned),
            day_of_month: timetable.rhythm.day_of_month(),
            recipients: own
                .map(|reader| RecipientView {
                    address: reader.address.clone(),
                    stopped_at: reader.stopped_at,
                })
                .collect(),
            is_paused: row.paused_at.is_some(),
            next_at: next_at.filter(|_| row.paused_at.is_none()),
            id: row.id.into(),
            store_id: row.store_id.into(),
            kind: row.kind,
            last_day: row.last_day,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Lists the schedules, oldest first.
#[utoipa::path(get, path = "/v1/report-schedules", tag = "reports", params(ScheduleFilters, PageParams),
    responses((status = 200, body = PageOf<ScheduleView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<ScheduleFilters>,
) -> ApiResult<PageOf<ScheduleView>> {
    let page = listing.page;
    let store_id = listing.filters.store_id.map(StoreId::from);
    let mut tx = app.db.account(who.account_id).await?;
    let rows = report_schedules::list(&mut tx, store_id, page.after()?, page.rows()).await?;
    let ids: Vec<ReportScheduleId> = rows.iter().map(|row| row.id).collect();
    let readers = report_schedules::readers(&mut tx, &ids).await?;
    tx.commit().await?;
    let mut views = Vec::new();
    for row in rows {
        views.push(ScheduleView::new(row, &readers, app.clock.now())?);
    }
    PageOf::new(&page, views, |view| view.id, |view| view)
}

/// Shows a schedule.
#[utoipa::path(get, path = "/v1/report-schedules/{id}", tag = "reports", params(("id" = Uuid, Path)),
    responses((status = 200, body = ScheduleView), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    app: Data<App>,
    who: Member,
    Id(id): Id<ReportScheduleId>,
) -> ApiResult<HttpResponse> {
    let mut tx = app.db.account(who.account_id).await?;
    let row = report_schedules::get(&mut tx, id)
        .await?
        .ok_or_else(missing)?;
    let revision = row.revision;
    let view = view(&mut tx, row, app.clock.now()).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, etag(revision)))
        .json(view))
}

async fn view(
    tx: &mut AccountTx,
    row: ReportSchedule,
    now: DateTime<Utc>,
) -> ApiResult<ScheduleView> {
    let readers = report_schedules::readers(tx, &[row.id]).await?;
    ScheduleView::new(row, &readers, now)
}

fn missing() -> Error {
    Error::NotFound {
        what: "report schedule",
    }
}
