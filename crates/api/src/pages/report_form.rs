//! Asking for a report.

use actix_web::{HttpResponse, ResponseError, http::header::LINK, web::Data};
use askama::Template;
use chrono::{Datelike, Months, NaiveDate};
use serde::Deserialize;
use serde_json::json;
use suite_core::{
    id::StoreId,
    report::{Compare, Grouping, ReportKind},
    store_time::{month_of, store_day},
};
use suite_db::sales_reports;

use super::{
    display,
    form::{Faults, Form},
    render,
    shell::{Section, Shell, StoreInView},
    visitor::Visitor,
};
use crate::{
    App, extract::Query, handlers, idempotency::IdempotencyKey, problem::ApiResult, respond::Answer,
};

/// What the form begins with; the presets are links to this page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    store_id: Option<StoreId>,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    compare: String,
}

#[derive(Template)]
#[template(path = "report_new.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) faults: Faults,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) presets: Vec<Preset>,
    /// The word for the kind that is asked for.
    pub(super) kind: String,
    pub(super) kinds: Vec<Choice>,
    /// Whether it describes one day only.
    pub(super) is_as_of: bool,
    /// With what it may be compared.
    pub(super) compares: Vec<Choice>,
    pub(super) groupings: Vec<Choice>,
    /// Which days there are sales for.
    pub(super) known: Option<String>,
}

/// A range that is often wanted.
#[derive(Default)]
pub(super) struct Preset {
    pub(super) label: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// A box to tick.
#[derive(Default)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

/// Of revenue; of the other kinds all series are chosen.
const CHOSEN_AT_FIRST: [&str; 3] = ["month", "product", "country"];

/// Shows the form.
pub(super) async fn new(
    app: Data<App>,
    who: Visitor,
    Query(wanted): Query<Wanted>,
) -> ApiResult<HttpResponse> {
    let chosen = match kind(&wanted) {
        ReportKind::Revenue => CHOSEN_AT_FIRST.map(str::to_owned).into(),
        kind => names(kind.groupings()),
    };
    render::page(&load(&app, &who, wanted, &chosen, Faults::default()).await?)
}

fn kind(wanted: &Wanted) -> ReportKind {
    ReportKind::find(&wanted.kind).unwrap_or(ReportKind::Revenue)
}

fn names(groupings: &[Grouping]) -> Vec<String> {
    let names = groupings.iter().map(|grouping| grouping.name());
    names.map(str::to_owned).collect()
}

async fn load(
    app: &App,
    who: &Visitor,
    wanted: Wanted,
    chosen: &[String],
    faults: Faults,
) -> ApiResult<Page> {
    let (mut tx, mut shell, store) =
        Shell::open_store(app, who, Section::Reports, wanted.store_id).await?;
    let days = sales_reports::days_with_sales(&mut tx, store.id).await?;
    tx.commit().await?;
    "Build a report".clone_into(&mut shell.title);
    let kind = kind(&wanted);
    let today = store_day(app.clock.now(), store.zone());
    let presets = presets(today, days);
    let (mut from, mut to) = (wanted.from, wanted.to);
    if let (true, Some(first)) = (from.is_empty() && to.is_empty(), presets.first()) {
        from.clone_from(&first.from);
        to.clone_from(&first.to);
    }
    Ok(Page {
        shell,
        store,
        faults,
        from,
        to,
        presets,
        kind: kind.name().to_owned(),
        kinds: kinds(kind),
        is_as_of: kind.is_as_of(),
        compares: compares(kind, &wanted.compare),
        groupings: choices(kind, chosen),
        known: days
            .map(|(first, last)| format!("{} to {}", display::day(first), display::day(last))),
    })
}

fn kinds(chosen: ReportKind) -> Vec<Choice> {
    ReportKind::ALL
        .map(|kind| Choice {
            name: kind.name().to_owned(),
            label: kind.title().to_owned(),
            is_chosen: kind == chosen,
        })
        .into()
}

fn compares(kind: ReportKind, chosen: &str) -> Vec<Choice> {
    if !kind.compares() {
        return Vec::new();
    }
    Compare::ALL
        .map(|compare| Choice {
            name: compare.name().to_owned(),
            label: compare.title().to_owned(),
            is_chosen: compare.name() == chosen,
        })
        .into()
}

fn choices(kind: ReportKind, chosen: &[String]) -> Vec<Choice> {
    kind.groupings()
        .iter()
        .map(|grouping| Choice {
            name: grouping.name().to_owned(),
            label: display::words(grouping.name()),
            is_chosen: chosen.iter().any(|name| name == grouping.name()),
        })
        .collect()
}

/// Ranges end with the data: of a store whose sales lie in the past, the present month says nothing.
fn presets(today: NaiveDate, days: Option<(NaiveDate, NaiveDate)>) -> Vec<Preset> {
    let end = days.map_or(today, |(_, last)| last.min(today));
    let month = month_of(end);
    let months_ago = |count| {
        month
            .checked_sub_months(Months::new(count))
            .unwrap_or(month)
    };
    let preset = |label: String, from: NaiveDate, to: NaiveDate| Preset {
        label,
        from: from.to_string(),
        to: to.to_string(),
    };
    let last_month = months_ago(1);
    let mut list = vec![
        preset("Twelve months".to_owned(), months_ago(11), end),
        preset(display::month(month), month, end),
        preset(
            display::month(last_month),
            last_month,
            month.pred_opt().unwrap_or(month),
        ),
        preset(
            end.year().to_string(),
            end.with_ordinal(1).unwrap_or(month),
            end,
        ),
    ];
    if let Some((first, _)) = days {
        list.push(preset("Everything".to_owned(), first, end));
    }
    list
}

/// Starts the report by the same code as the API and goes on to it.
pub(super) async fn create(
    app: Data<App>,
    who: Visitor,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let chosen: Vec<String> = form.all("group_by").map(str::to_owned).collect();
    let wanted = Wanted {
        store_id: form.trimmed("store_id").parse().ok(),
        kind: form.trimmed("kind").to_owned(),
        from: form.trimmed("from").to_owned(),
        to: form.trimmed("to").to_owned(),
        compare: form.trimmed("compare").to_owned(),
    };
    let body = form.body(json!({
        "store_id": wanted.store_id, "kind": kind(&wanted).name(), "group_by": chosen,
        "from": (!wanted.from.is_empty()).then_some(&wanted.from), "to": wanted.to,
        "compare": (!wanted.compare.is_empty()).then_some(&wanted.compare),
    }))?;
    match handlers::reports::create(app.clone(), who.0.clone(), key.or(form.key()), body).await {
        Ok(answer) => Ok(render::go_to(&page_beside(&answer))),
        Err(problem) => {
            let (status, faults) = (problem.status_code(), Faults::of(problem)?);
            render::page_with(status, &load(&app, &who, wanted, &chosen, faults).await?)
        }
    }
}

/// The answer links to the report; its page has the same path without the version.
fn page_beside(answer: &Answer) -> String {
    let link = answer
        .headers
        .iter()
        .find(|(name, _)| name == LINK.as_str());
    link.and_then(|(_, link)| link.strip_prefix("</v1")?.split_once('>'))
        .map_or_else(|| "/reports".to_owned(), |(path, _)| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn presets_end_with_the_data_and_never_in_the_future() {
        let ranges = |today, days| -> Vec<String> {
            presets(day(today), days)
                .into_iter()
                .map(|preset| format!("{} {} {}", preset.label, preset.from, preset.to))
                .collect()
        };
        assert_eq!(
            ranges("2026-11-24", Some((day("2010-12-01"), day("2011-12-09")))),
            [
                "Twelve months 2011-01-01 2011-12-09",
                "Dec 2011 2011-12-01 2011-12-09",
                "Nov 2011 2011-11-01 2011-11-30",
                "2011 2011-01-01 2011-12-09",
                "Everything 2010-12-01 2011-12-09",
            ]
        );
        assert_eq!(
            ranges("2026-03-01", None)[..2],
            [
                "Twelve months 2025-04-01 2026-03-01",
                "Mar 2026 2026-03-01 2026-03-01",
            ]
        );
    }
}
