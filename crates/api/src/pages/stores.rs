//! The list of stores, and the form for a new one.

use actix_web::{HttpResponse, ResponseError, web::Data};
use askama::Template;
use serde_json::json;
use suite_db::stores;

use super::{
    display::Moment,
    form::{Faults, Form},
    list::next_page,
    render,
    shell::{Section, Shell},
    timezones,
    visitor::Visitor,
};
use crate::{
    App,
    extract::{Listing, NoFilters},
    handlers,
    idempotency::IdempotencyKey,
    problem::ApiResult,
};

#[derive(Template)]
#[template(path = "stores.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<String>,
}

/// A store in the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) currency: String,
    pub(super) timezone: String,
    pub(super) created: Moment,
}

#[derive(Template)]
#[template(path = "store_new.html")]
pub(super) struct NewPage<'a> {
    pub(super) shell: Shell,
    pub(super) faults: Faults,
    pub(super) name: &'a str,
    pub(super) currency: &'a str,
    pub(super) timezone: &'a str,
    pub(super) timezones: &'static [&'static str],
}

/// Lists the stores, oldest first.
pub(super) async fn list(
    app: Data<App>,
    who: Visitor,
    listing: Listing<NoFilters>,
) -> ApiResult<HttpResponse> {
    let (mut tx, shell) = Shell::open(&app, &who, Section::Stores, "Stores").await?;
    let page = listing.page;
    let mut rows = stores::list(&mut tx, page.after()?, page.rows()).await?;
    tx.commit().await?;
    let next = next_page(&page, &mut rows, |row| row.id)?;
    let rows = rows.into_iter().map(|store| Row {
        id: store.id.to_string(),
        name: store.name,
        currency: store.currency.to_string(),
        timezone: store.timezone,
        created: Moment::new(store.created_at, chrono_tz::UTC),
    });
    render::page(&Page {
        shell,
        rows: rows.collect(),
        next,
    })
}

/// Asks for what a store needs.
pub(super) async fn new(app: Data<App>, who: Visitor) -> ApiResult<HttpResponse> {
    let (tx, shell) = Shell::open(&app, &who, Section::Stores, "A new store").await?;
    tx.commit().await?;
    render::page(&NewPage {
        shell,
        faults: Faults::default(),
        name: "",
        currency: "",
        timezone: "",
        timezones: timezones::all(),
    })
}

/// Makes a store by the same code as the API and goes on to it.
pub(super) async fn create(
    app: Data<App>,
    who: Visitor,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let (name, currency) = (form.trimmed("name"), form.trimmed("currency"));
    let timezone = form.trimmed("timezone");
    let body = form.body(json!({
        "name": name, "currency": currency.to_uppercase(), "timezone": timezone,
    }))?;
    match handlers::stores::create(app.clone(), who.0.clone(), key.or(form.key()), body).await {
        Ok(_) => Ok(render::go_to("/stores")),
        Err(problem) => {
            let (status, faults) = (problem.status_code(), Faults::of(problem)?);
            let (tx, shell) = Shell::open(&app, &who, Section::Stores, "A new store").await?;
            tx.commit().await?;
            let page = NewPage {
                shell,
                faults,
                name,
                currency,
                timezone,
                timezones: timezones::all(),
            };
            render::page_with(status, &page)
        }
    }
}
