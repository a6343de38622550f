//! The person who is logged in, and what the account wants to be told.

use actix_web::{HttpRequest, HttpResponse, ResponseError, web::Data};
use askama::Template;
use serde_json::json;
use suite_db::{preferences, users};

use super::{
    form::{Faults, Form},
    render,
    shell::{Section, Shell},
    visitor::Visitor,
};
use crate::{App, extract::Via, handlers, idempotency::IdempotencyKey, problem::ApiResult};

#[derive(Template)]
#[template(path = "account.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) faults: Faults,
    pub(super) email: String,
    pub(super) is_proven: bool,
    pub(super) is_asked: bool,
    pub(super) stock_alerts: bool,
}

/// Shows both.
pub(super) async fn show(app: Data<App>, who: Visitor) -> ApiResult<HttpResponse> {
    render::page(&load(&app, &who, Faults::default()).await?)
}

async fn load(app: &App, who: &Visitor, faults: Faults) -> ApiResult<Page> {
    let (mut tx, shell) = Shell::open(app, who, Section::Account, "Account").await?;
    let user = match who.0.via {
        Via::Session(id) => users::get(&mut tx, id).await?,
        Via::Token(_) | Via::Link => None,
    };
    let wanted = preferences::get(&mut tx).await?;
    tx.commit().await?;
    Ok(Page {
        shell,
        faults,
        is_proven: user
            .as_ref()
            .is_some_and(|user| user.email_verified_at.is_some()),
        email: user.map(|user| user.email).unwrap_or_default(),
        is_asked: false,
        stock_alerts: wanted.stock_alerts,
    })
}

/// Keeps what is wanted, by the same code as the API.
pub(super) async fn update(
    app: Data<App>,
    who: Visitor,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let wanted = form.text("stock_alerts") == "on";
    let body = form.body(json!({ "stock_alerts": wanted }))?;
    handlers::preferences::update(app, who.0, key, body).await?;
    Ok(render::go_to("/account"))
}

/// Mails the link that proves the address, by the same code as the API.
pub(super) async fn verify(
    app: Data<App>,
    who: Visitor,
    request: HttpRequest,
    form: Form,
) -> ApiResult<HttpResponse> {
    let page = load(&app, &who, Faults::default()).await?;
    let body = form.body(json!({ "email": page.email }))?;
    match handlers::auth::send_verification(app, request, body).await {
        Ok(_) => render::page(&Page {
            is_asked: true,
            ..page
        }),
        Err(problem) => {
            let (status, faults) = (problem.status_code(), Faults::of(problem)?);
            render::page_with(status, &Page { faults, ..page })
        }
    }
}
