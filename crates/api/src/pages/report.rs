//! One report.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use suite_core::{Error, id::ReportId, report::RevenueResult};
use suite_db::{
    AccountTx, jobs,
    reports::{self, Report},
};

use super::{
    figures::FigureTexts,
    live::Live,
    render,
    reports::named,
    series::SeriesTable,
    shell::{Section, Shell, StoreInView},
    visitor::Visitor,
};
use crate::{App, extract::Id, problem::ApiResult};

#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) live: Option<Live>,
    pub(super) content: Option<Content>,
}

/// What a finished report says.
#[derive(Default)]
pub(super) struct Content {
    pub(super) currency: String,
    pub(super) timezone: String,
    pub(super) totals: FigureTexts,
    pub(super) series: Vec<SeriesTable>,
}

/// Shows a report, or how far it is.
pub(super) async fn show(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<ReportId>,
) -> ApiResult<HttpResponse> {
    // The store is known only by the report.
    let mut tx = app.db.account(who.0.account_id).await?;
    let (report, live) = read(&mut tx, id).await?;
    tx.commit().await?;
    let store_id = report.summary.store_id;
    let (tx, mut shell, store) =
        Shell::open_store(&app, &who, Section::Reports, Some(store_id)).await?;
    tx.commit().await?;
    let (name, _) = named(&report.summary.params);
    shell.title.clone_from(&name);
    shell.live(live.as_ref().is_some_and(|live| !live.is_over));
    render::page(&Page {
        shell,
        store,
        id: id.to_string(),
        name,
        live,
        content: report.result.map(content).transpose()?,
    })
}

/// Reads the job before the report once more: a result that came in between must not look like a failure.
async fn read(tx: &mut AccountTx, id: ReportId) -> ApiResult<(Report, Option<Live>)> {
    let missing = || Error::NotFound { what: "report" };
    let report = reports::find(tx, id).await?.ok_or_else(missing)?;
    if report.result.is_some() {
        return Ok((report, None));
    }
    let job = jobs::find(tx, report.summary.job_id).await?;
    let report = reports::find(tx, id).await?.ok_or_else(missing)?;
    let live = job.as_ref().map(Live::new);
    let live = live.filter(|_| report.result.is_none());
    Ok((report, live))
}

fn content(result: serde_json::Value) -> ApiResult<Content> {
    let result: RevenueResult = serde_json::from_value(result).map_err(Error::internal)?;
    let currency = result.currency.to_string();
    Ok(Content {
        timezone: result.timezone.to_string(),
        totals: FigureTexts::new(&result.totals),
        series: result
            .series
            .iter()
            .map(|(grouping, rows)| SeriesTable::new(*grouping, rows, &currency))
            .collect(),
        currency,
    })
}
