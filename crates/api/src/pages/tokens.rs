//! The account's API tokens.

use actix_web::{HttpResponse, ResponseError, web::Data};
use askama::Template;
use serde_json::{Value, json};
use suite_core::id::ApiTokenId;
use suite_db::api_tokens;

use super::{
    display::Moment,
    form::{Faults, Form},
    render,
    shell::{Section, Shell},
    visitor::Visitor,
};
use crate::{
    App, extract::Id, handlers, idempotency::IdempotencyKey, problem::ApiResult, respond::Answer,
};

/// Nobody has more; further ones are listed by the API.
const SHOWN: i64 = 200;

#[derive(Template)]
#[template(path = "tokens.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) faults: Faults,
    /// The token that was just made: shown once.
    pub(super) made: Option<String>,
    pub(super) rows: Vec<Row>,
}

/// A token in the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) suffix: String,
    pub(super) created: Moment,
    pub(super) used: Option<Moment>,
}

/// What a form that is sent a second time is told: the answer is kept without the secret.
const SHOWN_BEFORE: &str =
    "This token was made and shown before. If you did not copy it, delete it and make another.";

/// Lists the tokens, oldest first.
pub(super) async fn list(app: Data<App>, who: Visitor) -> ApiResult<HttpResponse> {
    render::page(&load(&app, &who, Faults::default(), None).await?)
}

async fn load(app: &App, who: &Visitor, faults: Faults, made: Option<String>) -> ApiResult<Page> {
    let (mut tx, shell) = Shell::open(app, who, Section::Tokens, "API tokens").await?;
    let rows = api_tokens::list(&mut tx, None, SHOWN).await?;
    tx.commit().await?;
    let rows = rows.into_iter().map(|token| Row {
        id: token.id.to_string(),
        name: token.name,
        suffix: token.suffix,
        created: Moment::new(token.created_at, chrono_tz::UTC),
        used: Moment::maybe(token.last_used_at, chrono_tz::UTC),
    });
    Ok(Page {
        shell,
        faults,
        made,
        rows: rows.collect(),
    })
}

/// Makes a token by the same code as the API and shows it in the answer: it is kept nowhere, so no other page could.
pub(super) async fn create(
    app: Data<App>,
    who: Visitor,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let body = form.body(json!({"name": form.trimmed("name")}))?;
    match handlers::tokens::create(app.clone(), who.0.clone(), key.or(form.key()), body).await {
        Ok(answer) => {
            let made = token_of(&answer);
            let faults = if made.is_some() {
                Faults::default()
            } else {
                Faults::general(SHOWN_BEFORE)
            };
            render::page(&load(&app, &who, faults, made).await?)
        }
        Err(problem) => {
            let (status, faults) = (problem.status_code(), Faults::of(problem)?);
            render::page_with(status, &load(&app, &who, faults, None).await?)
        }
    }
}

fn token_of(answer: &Answer) -> Option<String> {
    let body: Value = serde_json::from_str(answer.body.as_deref()?).ok()?;
    Some(body.get("token")?.as_str()?.to_owned())
}

/// Deletes a token by the same code as the API.
pub(super) async fn delete(
    app: Data<App>,
    who: Visitor,
    id: Id<ApiTokenId>,
    _form: Form,
) -> ApiResult<HttpResponse> {
    handlers::tokens::delete(app, who.0, id).await?;
    Ok(render::go_to("/tokens"))
}
