use actix_web::{HttpRequest, HttpResponse, web::Data};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use suite_core::links::LinkKeys;
use suite_db::{
    user_tokens::{self, TokenPurpose},
    users,
};
use utoipa::ToSchema;

use super::{
    one_time::{self, LinkAsked, LinkWanted},
    register::refuse_foreign_origin_of_browser,
    tries,
};
use crate::{
    App,
    extract::Json,
    problem::{ApiResult, ProblemView},
};

/// Mails a link by which its reader proves the address within a day.
///
/// The answer is the same whether the address is known, proven already, or neither.
#[utoipa::path(post, path = "/v1/auth/send-verification", tag = "access", request_body = LinkWanted,
    responses((status = 202, body = LinkAsked), (status = 422, body = ProblemView),
        (status = 429, body = ProblemView)))]
pub(crate) async fn send_verification(
    app: Data<App>,
    request: HttpRequest,
    Json(body): Json<LinkWanted>,
) -> ApiResult<HttpResponse> {
    one_time::ask(&app, &request, &body, TokenPurpose::VerifyEmail).await
}

/// The token of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verification {
    /// The last part of the link.
    #[schema(value_type = String)]
    token: SecretString,
}

/// Notes that the address is its reader's. The token works once.
#[utoipa::path(post, path = "/v1/auth/verify-email", tag = "access", request_body = Verification,
    responses((status = 204, description = "The address is proven."), (status = 422, body = ProblemView),
        (status = 429, body = ProblemView)))]
pub(crate) async fn verify_email(
    app: Data<App>,
    request: HttpRequest,
    Json(body): Json<Verification>,
) -> ApiResult<HttpResponse> {
    refuse_foreign_origin_of_browser(&request)?;
    tries::count_link(&app, &request).await?;
    let shown = LinkKeys::read_one_time(body.token.expose_secret()).ok_or_else(one_time::spent)?;
    let now = app.clock.now();
    let mut tx = app.db.account(shown.account_id).await?;
    let user = user_tokens::take(&mut tx, TokenPurpose::VerifyEmail, &shown.hash, now).await?;
    users::verify_email(&mut tx, user.ok_or_else(one_time::spent)?, now).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
