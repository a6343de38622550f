//! API tokens of the account.

use actix_web::{HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use suite_core::{
    Error,
    credentials::{TokenKind, issue_token},
    id::ApiTokenId,
};
use suite_db::{
    AccountTx,
    api_tokens::{self, ApiToken},
    audit::{self, AuditEntry},
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, Json, Listing, Member, NoFilters, PageParams},
    fields,
    idempotency::IdempotencyKey,
    problem::{ApiResult, ProblemView},
    respond::{Answer, PageOf},
};

/// A token, without the part that opens anything.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenView {
    id: Uuid,
    /// What its owner calls it.
    name: String,
    /// The last four characters.
    suffix: String,
    created_at: DateTime<Utc>,
    /// To the minute; null when it was never used.
    last_used_at: Option<DateTime<Utc>>,
}

impl From<ApiToken> for TokenView {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id.into(),
            name: token.name,
            suffix: token.suffix,
            created_at: token.created_at,
            last_used_at: token.last_used_at,
        }
    }
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewTokenView {
    #[serde(flatten)]
    view: TokenView,
    /// The token itself. It is shown this once, and null when the request is played back.
    token: Option<String>,
}

/// What the new token is for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What to call it.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// Lists the tokens, oldest first.
#[utoipa::path(get, path = "/v1/tokens", tag = "access", params(PageParams),
    responses((status = 200, body = PageOf<TokenView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<NoFilters>,
) -> ApiResult<PageOf<TokenView>> {
    let page = listing.page;
    let mut tx = app.db.account(who.account_id).await?;
    let rows = api_tokens::list(&mut tx, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, TokenView::from)
}

/// Makes a token and shows it once.
#[utoipa::path(post, path = "/v1/tokens", tag = "access", request_body = NewToken,
    responses((status = 201, body = NewTokenView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn create(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<NewToken>,
) -> ApiResult<Answer> {
    let name = fields::name("name", &body.name)?;
    let work = async |tx: &mut AccountTx| issue(&app, tx, &who, &name).await;
    key.run(&app, &who, work).await
}

async fn issue(app: &App, tx: &mut AccountTx, who: &Member, name: &str) -> ApiResult<Answer> {
    let token = issue_token(TokenKind::Api, who.account_id);
    let view = TokenView::from(api_tokens::create(tx, name, &token, app.clock.now()).await?);
    log(app, tx, who, "create_token", view.id).await?;
    let location = format!("/v1/tokens/{}", view.id);
    let shown = NewTokenView {
        view: view.clone(),
        token: Some(token.text.expose_secret().to_owned()),
    };
    Answer::created(location, &shown)?.keeping(&NewTokenView { view, token: None })
}

/// Deletes a token; it opens nothing from then on.
#[utoipa::path(delete, path = "/v1/tokens/{id}", tag = "access", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Deleted."), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn delete(
    app: Data<App>,
    who: Member,
    Id(id): Id<ApiTokenId>,
) -> ApiResult<HttpResponse> {
    let mut tx = app.db.account(who.account_id).await?;
    if !api_tokens::delete(&mut tx, id).await? {
        return Err(Error::NotFound { what: "token" }.into());
    }
    log(&app, &mut tx, &who, "delete_token", id.into()).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn log(
    app: &App,
    tx: &mut AccountTx,
    who: &Member,
    action: &'static str,
    id: Uuid,
) -> ApiResult<()> {
    let entry = AuditEntry {
        actor: who.actor(),
        action,
        subject: id.to_string(),
        detail: json!({}),
        at: app.clock.now(),
    };
    Ok(audit::record(tx, &entry).await?)
}
