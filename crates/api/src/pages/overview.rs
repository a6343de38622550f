use std::collections::HashMap;

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    money::Currency,
    report::{Figures, Grouping, ReportParams, SeriesRow, period_rows, ranked_rows},
    store_time::{month_of, store_day},
};
use suite_db::{
    AccountTx,
    sales_reports::{self, SalesRange},
};
use suite_queue::{CacheKey, CacheKind};

use super::{
    chart::{BarChart, Point, share},
    display,
    figures::FigureTexts,
    list::OfStore,
    render,
    shell::{Section, Shell, StoreInView},
    visitor::Visitor,
};
use crate::{App, extract::Query, problem::ApiResult};

/// Months in view, the latest one included.
const MONTHS: u32 = 12;
const PRODUCTS: i64 = 10;
const COUNTRIES: usize = 10;
/// Data that ends longer ago than this is history: then its last month is shown, and said to be so.
const FRESH_DAYS: i64 = 45;

#[derive(Template)]
#[template(path = "overview.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) sales: Option<Sales>,
}

/// What the overview says about sales.
#[derive(Default)]
pub(super) struct Sales {
    /// The latest month, by name.
    pub(super) month_name: String,
    /// Of how old the data is, when it is old.
    pub(super) ends: Option<String>,
    pub(super) range: String,
    pub(super) year: FigureTexts,
    pub(super) month: FigureTexts,
    pub(super) chart: Option<BarChart>,
    pub(super) products: Vec<Ranked>,
    pub(super) countries: Vec<Ranked>,
}

/// A row of a ranking.
#[derive(Default)]
pub(super) struct Ranked {
    pub(super) key: String,
    pub(super) label: String,
    pub(super) figures: FigureTexts,
    /// Percent of the first row.
    pub(super) share: String,
}

/// Goes to the overview, or to the log-in page.
pub(super) async fn home(_who: Visitor) -> HttpResponse {
    render::go_to("/overview")
}

/// Shows how a store does, from its rollups.
pub(super) async fn show(
    app: Data<App>,
    who: Visitor,
    Query(choice): Query<OfStore>,
) -> ApiResult<HttpResponse> {
    let (tx, mut shell, store) =
        Shell::open_store(&app, &who, Section::Overview, choice.store_id).await?;
    let today = store_day(app.clock.now(), store.zone());
    let key = CacheKey {
        kind: CacheKind::Overview,
        account_id: who.0.account_id,
        subject: format!("{}:{}:{}:{today}", store.id, store.currency, store.zone()),
    };
    // Whoever waits for another's answer holds no connection meanwhile.
    tx.commit().await?;
    let making = async {
        let mut tx = app.db.account(key.account_id).await?;
        read(&mut tx, &store, today).await
    };
    let known: Option<Known> = app.cache.get_or_make(&key, making).await?;
    let sales = known.map(|known| Sales::new(known, &store));
    shell.title.clone_from(&store.name);
    render::page(&Page {
        shell,
        store,
        sales,
    })
}

/// What is read for the page, and kept: figures by month, product and country, nothing about persons.
#[derive(Serialize, Deserialize)]
struct Known {
    first: NaiveDate,
    month: NaiveDate,
    /// The last day with sales, when it is long ago.
    ends: Option<NaiveDate>,
    year: Figures,
    months: Vec<SeriesRow>,
    products: Vec<SeriesRow>,
    countries: Vec<SeriesRow>,
}

async fn read(
    tx: &mut AccountTx,
    store: &StoreInView,
    today: NaiveDate,
) -> ApiResult<Option<Known>> {
    let Some((_, latest)) = sales_reports::days_with_sales(tx, store.id).await? else {
        return Ok(None);
    };
    let is_fresh = (today - latest).num_days() <= FRESH_DAYS;
    let last = if is_fresh { latest.max(today) } else { latest };
    let view = View::new(store, last)?;
    let totals = sales_reports::totals(tx, view.range).await?;
    let months = sales_reports::by_period(tx, view.range, Grouping::Month).await?;
    let ends = (view.first, view.month);
    let products = sales_reports::top_products(tx, store.id, ends, PRODUCTS).await?;
    let mut countries = ranked_rows(
        sales_reports::by_country(tx, view.range).await?,
        view.currency,
    );
    countries.truncate(COUNTRIES);
    Ok(Some(Known {
        first: view.first,
        month: view.month,
        ends: (!is_fresh).then_some(latest),
        year: Figures::new(&totals.measures, totals.customers, view.currency),
        months: period_rows(
            &view.params,
            Grouping::Month,
            &HashMap::from_iter(months),
            view.currency,
        ),
        products: ranked_rows(products, view.currency),
        countries,
    }))
}

impl Sales {
    fn new(known: Known, store: &StoreInView) -> Self {
        Self {
            month_name: display::month(known.month),
            ends: known.ends.map(display::day),
            range: format!(
                "{} to {}",
                display::month(known.first),
                display::month(known.month)
            ),
            year: FigureTexts::new(&known.year),
            month: known
                .months
                .last()
                .map(|row| FigureTexts::new(&row.figures))
                .unwrap_or_default(),
            chart: chart(&known.months, store),
            products: ranking(known.products),
            countries: ranking(known.countries),
        }
    }
}

/// The months in view.
struct View {
    first: NaiveDate,
    month: NaiveDate,
    range: SalesRange,
    params: ReportParams,
    currency: Currency,
}

impl View {
    fn new(store: &StoreInView, last: NaiveDate) -> ApiResult<Self> {
        let month = month_of(last);
        let first = month
            .checked_sub_months(Months::new(MONTHS - 1))
            .unwrap_or(month);
        Ok(Self {
            first,
            month,
            range: SalesRange {
                store_id: store.id,
                from: first,
                to: last,
            },
            params: ReportParams {
                from: first,
                to: last,
                group_by: [Grouping::Month].into(),
                compare: None,
            },
            currency: store
                .currency
                .parse::<Currency>()
                .map_err(Error::internal)?,
        })
    }
}

fn chart(months: &[SeriesRow], store: &StoreInView) -> Option<BarChart> {
    let points: Vec<Point> = months
        .iter()
        .map(|row| {
            let name = format!("{}-01", row.key)
                .parse::<NaiveDate>()
                .map_or_else(|_| row.label.clone(), display::month);
            Point {
                told: super::figures::told(&name, &row.figures, &store.currency),
                name,
                value: row.figures.gross.clone(),
            }
        })
        .collect();
    BarChart::new(
        format!("Gross sales by month in {}", store.currency),
        &points,
    )
}

fn ranking(rows: Vec<SeriesRow>) -> Vec<Ranked> {
    let largest = rows
        .first()
        .map(|row| row.figures.gross.clone())
        .unwrap_or_default();
    rows.into_iter()
        .map(|row| Ranked {
            share: share(&row.figures.gross, &largest),
            figures: FigureTexts::new(&row.figures),
            key: row.key,
            label: row.label,
        })
        .collect()
}
