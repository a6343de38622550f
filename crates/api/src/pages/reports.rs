//! A store's reports.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use suite_core::{
    job::JobState,
    report::{ReportKind, ReportParams},
};
use suite_db::{
    AccountTx, jobs,
    reports::{self, ReportSummary},
};

use super::{
    display::{self, Moment},
    list::{OfStore, next_page},
    render,
    shell::{Section, Shell, StoreInView},
    visitor::Visitor,
};
use crate::{App, extract::Listing, problem::ApiResult};

#[derive(Template)]
#[template(path = "reports.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<String>,
}

/// A report in the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) groupings: String,
    pub(super) state: String,
    pub(super) asked: Moment,
}

/// Lists the reports of a store, the newest first.
pub(super) async fn list(
    app: Data<App>,
    who: Visitor,
    listing: Listing<OfStore>,
) -> ApiResult<HttpResponse> {
    let page = listing.page;
    let (mut tx, mut shell, store) =
        Shell::open_store(&app, &who, Section::Reports, listing.filters.store_id).await?;
    let mut found = reports::list(&mut tx, Some(store.id), page.after()?, page.rows()).await?;
    let next = next_page(&page, &mut found, |row| row.id)?;
    let mut rows = Vec::new();
    for report in found {
        let state = state(&mut tx, &report).await?;
        shell.is_live |= state == BEING_BUILT;
        rows.push(Row::new(report, state, &store));
    }
    tx.commit().await?;
    render::page(&Page {
        shell,
        store,
        rows,
        next,
    })
}

const BEING_BUILT: &str = "running";

/// Only reports without a result have a job that is worth looking at.
async fn state(tx: &mut AccountTx, report: &ReportSummary) -> ApiResult<&'static str> {
    if report.finished_at.is_some() {
        return Ok("ready");
    }
    let job = jobs::find(tx, report.job_id).await?;
    let state = job.and_then(|job| job.state.parse::<JobState>().ok());
    Ok(match state {
        Some(JobState::Dead) | None => "failed",
        Some(JobState::Cancelled) => "cancelled",
        Some(_) => BEING_BUILT,
    })
}

/// Says what a report covers: its kind and days, and how it is broken down.
pub(super) fn named(report: &ReportSummary) -> (String, String) {
    let kind = ReportKind::find(&report.kind);
    let title = kind.map_or("Report", ReportKind::title);
    let Ok(params) = serde_json::from_value::<ReportParams>(report.params.clone()) else {
        return (title.to_owned(), String::new());
    };
    let groupings: Vec<&str> = params
        .group_by
        .iter()
        .map(|grouping| grouping.name())
        .collect();
    let last = display::day(params.to);
    let name = if kind.is_some_and(ReportKind::is_as_of) {
        format!("{title}, {last}")
    } else {
        format!("{title}, {} to {last}", display::day(params.from))
    };
    (name, groupings.join(", "))
}

impl Row {
    fn new(report: ReportSummary, state: &str, store: &StoreInView) -> Self {
        let (name, groupings) = named(&report);
        Self {
            id: report.id.to_string(),
            name,
            groupings,
            state: state.to_owned(),
            asked: Moment::new(report.created_at, store.zone()),
        }
    }
}
