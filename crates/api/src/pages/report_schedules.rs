//! A store's reports that come by themselves.

use actix_web::{HttpResponse, ResponseError, web::Data};
use askama::Template;
use serde_json::{Value, json};
use suite_core::{
    id::{ReportScheduleId, StoreId},
    report::{Compare, ReportKind},
};
use suite_db::report_schedules::{self, Reader, ReportSchedule};

use super::{
    display::{self, Moment},
    form::{Faults, Form},
    list::OfStore,
    render,
    shell::{Section, Shell, StoreInView},
    visitor::Visitor,
};
use crate::{
    App,
    extract::{Id, IfMatch, Query},
    handlers,
    idempotency::IdempotencyKey,
    problem::ApiResult,
};

/// So many are shown; an account has no more.
const SHOWN: i64 = 100;

#[derive(Template)]
#[template(path = "report_schedules.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) faults: Faults,
    pub(super) rows: Vec<Row>,
    pub(super) kinds: Vec<(String, String)>,
    pub(super) groupings: Vec<(String, String)>,
    pub(super) compares: Vec<(String, String)>,
}

/// A schedule in the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) when: String,
    pub(super) readers: Vec<String>,
    pub(super) next: Option<Moment>,
    pub(super) is_paused: bool,
}

/// Lists the schedules of a store, with a form for another one.
pub(super) async fn list(
    app: Data<App>,
    who: Visitor,
    Query(wanted): Query<OfStore>,
) -> ApiResult<HttpResponse> {
    render::page(&load(&app, &who, wanted.store_id, Faults::default()).await?)
}

async fn load(
    app: &App,
    who: &Visitor,
    store_id: Option<StoreId>,
    faults: Faults,
) -> ApiResult<Page> {
    let (mut tx, mut shell, store) =
        Shell::open_store(app, who, Section::Reports, store_id).await?;
    let found = report_schedules::list(&mut tx, Some(store.id), None, SHOWN).await?;
    let ids: Vec<ReportScheduleId> = found.iter().map(|row| row.id).collect();
    let readers = report_schedules::readers(&mut tx, &ids).await?;
    tx.commit().await?;
    "Scheduled reports".clone_into(&mut shell.title);
    let mut rows = Vec::new();
    for schedule in found {
        rows.push(Row::new(schedule, &readers, app, &store)?);
    }
    Ok(Page {
        shell,
        store,
        faults,
        rows,
        kinds: ReportKind::ALL
            .map(|kind| (kind.name().to_owned(), kind.title().to_owned()))
            .into(),
        groupings: ReportKind::Revenue
            .groupings()
            .iter()
            .map(|grouping| (grouping.name().to_owned(), display::words(grouping.name())))
            .collect(),
        compares: Compare::ALL
            .map(|compare| (compare.name().to_owned(), compare.title().to_owned()))
            .into(),
    })
}

impl Row {
    fn new(
        schedule: ReportSchedule,
        readers: &[Reader],
        app: &App,
        store: &StoreInView,
    ) -> ApiResult<Self> {
        let timetable = schedule.timetable()?;
        let day = match (
            timetable.rhythm.weekday_name(),
            timetable.rhythm.day_of_month(),
        ) {
            (Some(day), _) => format!(", {}", display::words(day)),
            (_, Some(31)) => ", last day".to_owned(),
            (_, Some(day)) => format!(", day {day}"),
            _ => String::new(),
        };
        let rhythm = display::words(timetable.rhythm.name());
        let readers = readers
            .iter()
            .filter(|reader| reader.schedule_id == schedule.id);
        let next = timetable.next_after(store.zone(), app.clock.now());
        Ok(Self {
            id: schedule.id.to_string(),
            name: name(&schedule),
            when: format!("{rhythm}{day} at {}", timetable.time()),
            readers: readers
                .map(|reader| match reader.stopped_at {
                    Some(_) => format!("{} (has stopped it)", reader.address),
                    None => reader.address.clone(),
                })
                .collect(),
            is_paused: schedule.paused_at.is_some(),
            next: Moment::maybe(next.filter(|_| schedule.paused_at.is_none()), store.zone()),
        })
    }
}

/// Says what a schedule makes.
fn name(schedule: &ReportSchedule) -> String {
    let mut name = display::words(&schedule.kind);
    let series = schedule.group_by();
    if !series.is_empty() {
        name = format!("{name} {}", series.join(", "));
    }
    if let Some(compare) = schedule.compare().and_then(Compare::find) {
        name = format!("{name}, against the {}", compare.title().to_lowercase());
    }
    name
}

/// Makes a schedule by the same code as the API.
pub(super) async fn create(
    app: Data<App>,
    who: Visitor,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let store_id: Option<StoreId> = form.trimmed("store_id").parse().ok();
    let body = form.body(typed(&form, store_id))?;
    let key = key.or(form.key());
    let made = handlers::report_schedules::create(app.clone(), who.0.clone(), key, body).await;
    answer(&app, &who, store_id, made.map(|_| ())).await
}

/// Fields that the chosen kind or rhythm does not have are left out: the form shows them all.
fn typed(form: &Form, store_id: Option<StoreId>) -> Value {
    let rhythm = form.trimmed("rhythm");
    let recipients: Vec<&str> = form
        .text("recipients")
        .split(['\n', ','])
        .map(str::trim)
        .filter(|address| !address.is_empty())
        .collect();
    // Of other kinds everything comes.
    let kind = ReportKind::find(form.trimmed("kind"));
    let is_revenue = kind == Some(ReportKind::Revenue);
    let group_by = form.all("group_by").filter(|_| is_revenue);
    let compares = kind.is_some_and(ReportKind::compares);
    let compare = Some(form.trimmed("compare")).filter(|word| compares && !word.is_empty());
    let weekday = Some(form.trimmed("weekday")).filter(|_| rhythm == "weekly");
    let day: Option<i32> = form.trimmed("day_of_month").parse().ok();
    json!({
        "store_id": store_id, "kind": form.trimmed("kind"), "rhythm": rhythm,
        "group_by": group_by.collect::<Vec<_>>(), "compare": compare, "time": form.trimmed("time"),
        "weekday": weekday, "day_of_month": day.filter(|_| rhythm == "monthly"),
        "recipients": recipients,
    })
}

/// Holds a schedule or lets it go on, by the same code as the API.
pub(super) async fn hold(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<ReportScheduleId>,
    version: IfMatch,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let store_id: Option<StoreId> = form.trimmed("store_id").parse().ok();
    let body = form.body(json!({"is_paused": form.text("is_paused") == "true"}))?;
    let member = who.0.clone();
    let changed =
        handlers::report_schedules::update(app.clone(), member, Id(id), version, key, body).await;
    answer(&app, &who, store_id, changed.map(|_| ())).await
}

/// Removes a schedule by the same code as the API.
pub(super) async fn delete(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<ReportScheduleId>,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let store_id: Option<StoreId> = form.trimmed("store_id").parse().ok();
    let member = who.0.clone();
    let gone = handlers::report_schedules::delete(app.clone(), member, Id(id), key).await;
    answer(&app, &who, store_id, gone.map(|_| ())).await
}

async fn answer(
    app: &App,
    who: &Visitor,
    store_id: Option<StoreId>,
    done: ApiResult<()>,
) -> ApiResult<HttpResponse> {
    match done {
        Ok(()) => Ok(render::go_to(&match store_id {
            Some(id) => format!("/report-schedules?store_id={id}"),
            None => "/report-schedules".to_owned(),
        })),
        Err(problem) => {
            let (status, faults) = (problem.status_code(), Faults::of(problem)?);
            render::page_with(status, &load(app, who, store_id, faults).await?)
        }
    }
}
