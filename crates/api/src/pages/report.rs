//! One report.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use rust_decimal::Decimal;
use serde_json::Value;
use suite_core::{
    Error,
    id::ReportId,
    report::{
        Cell, CohortFigures, CustomerFigures, Figures, ProductFigures, ReorderFigures,
        ReportFigures, ReportKind, ReportOutcome, SellThroughFigures, StockValueFigures,
    },
};
use suite_db::{
    AccountTx, jobs,
    reports::{self, Report},
};

use super::{
    display,
    live::Live,
    render,
    reports::named,
    series::{SeriesTable, cell_text},
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
    pub(super) totals: Vec<Figure>,
    /// With what it is compared: `Previous year, 2010-12-01 to 2010-12-09`.
    pub(super) compared: Option<String>,
    /// What the figures mean, in short.
    pub(super) hint: &'static str,
    pub(super) series: Vec<SeriesTable>,
}

/// A figure of the totals.
#[derive(Default)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) text: String,
    /// The figure before, and by how much it has changed.
    pub(super) before: Option<String>,
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
    let (name, _) = named(&report.summary);
    let kind = ReportKind::find(&report.summary.kind);
    shell.title.clone_from(&name);
    shell.live(live.as_ref().is_some_and(|live| !live.is_over));
    render::page(&Page {
        shell,
        store,
        id: id.to_string(),
        name,
        live,
        content: report
            .result
            .zip(kind)
            .map(|(result, kind)| content(kind, result))
            .transpose()?,
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

fn content(kind: ReportKind, result: Value) -> ApiResult<Content> {
    match kind {
        ReportKind::Revenue => shown::<Figures>(kind, result),
        ReportKind::Products => shown::<ProductFigures>(kind, result),
        ReportKind::Customers => shown::<CustomerFigures>(kind, result),
        ReportKind::Cohorts => shown::<CohortFigures>(kind, result),
        ReportKind::InventoryValue => shown::<StockValueFigures>(kind, result),
        ReportKind::SellThrough => shown::<SellThroughFigures>(kind, result),
        ReportKind::Reorder => shown::<ReorderFigures>(kind, result),
    }
}

fn shown<F: ReportFigures>(kind: ReportKind, result: Value) -> ApiResult<Content> {
    let result: ReportOutcome<F> = serde_json::from_value(result).map_err(Error::internal)?;
    Ok(Content {
        currency: result.currency.to_string(),
        timezone: result.timezone.to_string(),
        totals: figures(&result),
        compared: result.comparison.as_ref().map(|comparison| {
            let (with, from, to) = (comparison.with.title(), comparison.from, comparison.to);
            format!("{with}, {} to {}", display::day(from), display::day(to))
        }),
        hint: hint(kind),
        series: result
            .series
            .keys()
            .map(|grouping| SeriesTable::new(&result, *grouping))
            .collect(),
    })
}

/// Shows the totals that are known.
fn figures<F: ReportFigures>(result: &ReportOutcome<F>) -> Vec<Figure> {
    let before = result.comparison.as_ref();
    let then = before.map(|comparison| comparison.totals.cells());
    F::columns(&result.totals)
        .into_iter()
        .zip(result.totals.cells())
        .enumerate()
        .filter(|(_, (_, cell))| *cell != Cell::Empty)
        .map(|(at, (column, cell))| {
            let change = before.and_then(|comparison| comparison.change.get(column.name.as_ref()));
            let then = then.as_ref().and_then(|cells| cells.get(at)).copied();
            let before = change.zip(then).map(|(change, then)| match change.percent {
                Some(percent) => format!("{} before, {} %", cell_text(then), signed(percent)),
                None => format!("{} before", cell_text(then)),
            });
            Figure {
                name: column.title.into_owned(),
                text: cell_text(cell),
                before,
            }
        })
        .collect()
}

fn signed(percent: Decimal) -> String {
    let text = display::grouped(&percent.to_string());
    if percent > Decimal::ZERO {
        format!("+{text}")
    } else {
        text
    }
}

const fn hint(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Revenue => {
            "Net = gross − discounts − returns + adjustments. Total = net + tax + shipping. Average order = gross ÷ orders."
        }
        ReportKind::Products => {
            "Merchandise only: postage, fees and vouchers are left out. A brings the first 80 % of the gross, B up to 95 %."
        }
        ReportKind::Customers => {
            "Scores from 1 to 5 by fifths: how lately, how often, for how much (net). Sales to nobody known belong to no customer."
        }
        ReportKind::Cohorts => {
            "Customers by the month of their first purchase ever. M1 is the part of them who bought in the month after it."
        }
        ReportKind::InventoryValue => {
            "At the end of the day, on all shelves. FIFO: what came first has gone first. Stock without a known cost has no value here."
        }
        ReportKind::SellThrough => {
            "Sell-through = units sold ÷ (units sold + on hand at the end), of what has a stock ledger."
        }
        ReportKind::Reorder => {
            "What has fallen to its reorder point, by what it costs to order nothing. The terms are the usual ones of an analysis."
        }
    }
}
