//! The settings of one store.

use actix_web::{HttpResponse, ResponseError, http::StatusCode, web::Data};
use askama::Template;
use serde_json::{Value, json};
use suite_core::{Error, id::StoreId};
use suite_db::stores::{self, Store};

use super::{
    form::{Faults, Form},
    render,
    shell::{Section, Shell},
    timezones,
    visitor::Visitor,
};
use crate::{
    App,
    extract::{Id, IfMatch},
    handlers,
    idempotency::IdempotencyKey,
    problem::ApiResult,
};

#[derive(Template)]
#[template(path = "store.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) faults: Faults,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) currency: String,
    pub(super) timezone: String,
    pub(super) timezones: &'static [&'static str],
    /// Sums were made with them, so they cannot change any more.
    pub(super) is_settled: bool,
}

/// Shows the settings.
pub(super) async fn show(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<StoreId>,
) -> ApiResult<HttpResponse> {
    render::page(&load(&app, &who, id, Faults::default()).await?)
}

async fn load(app: &App, who: &Visitor, id: StoreId, faults: Faults) -> ApiResult<Page> {
    let (mut tx, mut shell) = Shell::open(app, who, Section::Stores, "").await?;
    let store: Option<Store> = stores::get(&mut tx, id).await?;
    let store = store.ok_or(Error::NotFound { what: "store" })?;
    let is_settled = stores::has_orders(&mut tx, id).await?;
    tx.commit().await?;
    shell.title = format!("Settings of {}", store.name);
    Ok(Page {
        shell,
        faults,
        id: id.to_string(),
        name: store.name,
        currency: store.currency.to_string(),
        timezone: store.timezone,
        timezones: timezones::all(),
        is_settled,
    })
}

/// Changes the store by the same code as the API.
pub(super) async fn update(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<StoreId>,
    version: IfMatch,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let body = form.body(changes(&form))?;
    let changed =
        handlers::stores::update(app.clone(), who.0.clone(), Id(id), version, key, body).await;
    match changed {
        Ok(_) => Ok(render::go_to(&format!("/stores/{id}"))),
        Err(problem) => {
            let (status, faults) = (problem.status_code(), Faults::of(problem)?);
            render::page_with(status, &load(&app, &who, id, faults).await?)
        }
    }
}

/// A settled store's form has no fields for what cannot change.
fn changes(form: &Form) -> Value {
    let mut changes = json!({"name": form.trimmed("name")});
    for (field, value) in [
        ("currency", form.trimmed("currency").to_uppercase()),
        ("timezone", form.trimmed("timezone").to_owned()),
    ] {
        if !value.is_empty() {
            changes[field] = value.into();
        }
    }
    changes
}

/// Deletes the store, when its name was typed to be sure.
pub(super) async fn delete(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<StoreId>,
    version: IfMatch,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let page = load(&app, &who, id, Faults::default()).await?;
    if form.trimmed("confirm") != page.name.trim() {
        let faults = Faults::general("Type the name of the store exactly to delete it.");
        return render::page_with(StatusCode::UNPROCESSABLE_ENTITY, &Page { faults, ..page });
    }
    handlers::stores::delete(app, who.0, Id(id), version, key).await?;
    Ok(render::go_to("/stores"))
}
