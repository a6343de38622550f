//! A report for whoever has the link in a mail: no log-in, and nothing else of the account.

use actix_web::{HttpRequest, HttpResponse, http::header::HeaderValue, web::Data};
use askama::Template;
use serde_json::{Map, Value};
use suite_core::{
    Error,
    id::{AccountId, ReportId},
    links::LinkKeys,
};
use suite_db::{reports, stores};

use super::{
    assets::{self, Addresses},
    display, notice, render,
};
use crate::{
    App,
    extract::{Id, Member, Query, Via},
    handlers::{auth, reports as files},
    problem::{ApiResult, Problem},
};

/// Longer series are in the file.
const ROWS_SHOWN: usize = 100;
/// Columns that are known come in this order, others after them.
const ORDER: [&str; 14] = [
    "label",
    "gross",
    "discounts",
    "returns",
    "adjustments",
    "net",
    "tax",
    "shipping",
    "total",
    "orders",
    "units",
    "customers",
    "aov",
    "share",
];
/// The link must not be found by search engines, nor be told to other sites.
const PRIVATE: [(&str, &str); 2] = [
    ("x-robots-tag", "noindex, nofollow"),
    ("referrer-policy", "no-referrer"),
];

#[derive(Template)]
#[template(path = "shared.html")]
pub(super) struct Page {
    pub(super) assets: &'static Addresses,
    pub(super) title: String,
    pub(super) store: String,
    pub(super) days: String,
    pub(super) totals: Vec<(String, String)>,
    pub(super) series: Vec<Series>,
    pub(super) file: String,
}

/// One table.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) is_cut: bool,
}

/// Shows the report.
pub(super) async fn show(app: Data<App>, request: HttpRequest) -> ApiResult<HttpResponse> {
    let (account_id, id) = read(&app, &request).await?;
    let mut tx = app.db.account(account_id).await?;
    let report = reports::find(&mut tx, id).await?;
    let report = report.ok_or_else(Problem::no_such_page)?;
    let store = stores::get(&mut tx, report.summary.store_id).await?;
    tx.commit().await?;
    let result = report.result.ok_or_else(|| Error::Conflict {
        reason: "the report is not computed yet".to_owned(),
    })?;
    let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
    let page = Page {
        assets: assets::addresses(),
        title: display::words(&report.summary.kind),
        store: store.map(|store| store.name).unwrap_or_default(),
        days: format!("{} to {}, {}", text("from"), text("to"), text("currency")),
        totals: totals(&result["totals"]),
        series: result["series"]
            .as_object()
            .map(|series| {
                series
                    .iter()
                    .map(|(name, rows)| table(name, rows))
                    .collect()
            })
            .unwrap_or_default(),
        file: format!("/shared/{}/report.csv", notice::token(&request)?),
    };
    Ok(private(render::page(&page)?))
}

/// Hands the report out as CSV, by the same code as the API.
pub(super) async fn file(app: Data<App>, request: HttpRequest) -> ApiResult<HttpResponse> {
    let (account_id, id) = read(&app, &request).await?;
    let reader = Member {
        account_id,
        via: Via::Link,
        // The report was paid for when it was made.
        is_locked: false,
    };
    let form = files::FileParams {
        format: "csv".to_owned(),
    };
    let answer = files::file(app, reader, Id(id), Query(form)).await?;
    Ok(private(answer))
}

async fn read(app: &App, request: &HttpRequest) -> ApiResult<(AccountId, ReportId)> {
    auth::count_link(app, request).await?;
    let keys = LinkKeys::new(&app.settings.security.secret_key)?;
    let token = notice::token(request)?;
    keys.read_shared(&token, app.clock.now())
        .ok_or_else(Problem::no_such_page)
}

fn private(mut answer: HttpResponse) -> HttpResponse {
    for (name, value) in PRIVATE {
        if let Ok(name) = name.parse() {
            answer
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
    }
    answer
}

fn totals(totals: &Value) -> Vec<(String, String)> {
    let Some(totals) = totals.as_object() else {
        return Vec::new();
    };
    columns(totals)
        .into_iter()
        .filter_map(|name| Some((display::words(&name), cell(totals.get(&name)?))))
        .collect()
}

fn table(name: &str, rows: &Value) -> Series {
    let rows: Vec<&Map<String, Value>> = rows
        .as_array()
        .map(|rows| rows.iter().filter_map(Value::as_object).collect())
        .unwrap_or_default();
    let columns = rows.first().map(|row| columns(row)).unwrap_or_default();
    let cells = |row: &&Map<String, Value>| -> Vec<String> {
        let cell_of = |name: &String| row.get(name).map(cell).unwrap_or_default();
        columns.iter().map(cell_of).collect()
    };
    Series {
        name: display::words(name),
        rows: rows.iter().take(ROWS_SHOWN).map(cells).collect(),
        is_cut: rows.len() > ROWS_SHOWN,
        columns: columns.iter().map(|name| display::words(name)).collect(),
    }
}

/// What holds more values is in the file alone; so is the key, which is for programs.
fn columns(row: &Map<String, Value>) -> Vec<String> {
    let is_plain = |(name, value): &(&String, &Value)| {
        *name != "key" && !value.is_object() && !value.is_array() && !value.is_null()
    };
    let mut names: Vec<String> = row
        .iter()
        .filter(is_plain)
        .map(|(name, _)| name.clone())
        .collect();
    let place = |name: &String| ORDER.iter().position(|known| known == name);
    names.sort_by_key(|name| place(name).unwrap_or(ORDER.len()));
    names
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_of_any_kind_become_a_table_in_a_sensible_order() {
        let rows = json!([
            {"key": "k1", "label": "Mug", "zeal": 3, "net": "9.00", "gross": "10.00", "chart": [1]},
            {"key": "k2", "label": "Tin", "net": "1.00", "gross": "2.00"},
        ]);
        let table = table("product", &rows);
        assert_eq!(table.columns, ["Label", "Gross", "Net", "Zeal"]);
        assert_eq!(
            table.rows,
            [["Mug", "10.00", "9.00", "3"], ["Tin", "2.00", "1.00", ""]]
        );
        assert!(!table.is_cut);
    }
}
