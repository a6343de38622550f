use actix_web::{HttpRequest, HttpResponse, web::Data};
use suite_db::user_tokens::TokenPurpose;

use super::one_time::{self, LinkAsked, LinkWanted};
use crate::{
    App,
    extract::Json,
    problem::{ApiResult, ProblemView},
};

/// Mails a link by which its reader chooses a new password within an hour.
///
/// The answer is the same whether the address is known or not.
#[utoipa::path(post, path = "/v1/auth/forgot-password", tag = "access", request_body = LinkWanted,
    responses((status = 202, body = LinkAsked), (status = 422, body = ProblemView),
        (status = 429, body = ProblemView)))]
pub(crate) async fn forgot_password(
    app: Data<App>,
    request: HttpRequest,
    Json(body): Json<LinkWanted>,
) -> ApiResult<HttpResponse> {
    one_time::ask(&app, &request, &body, TokenPurpose::ResetPassword).await
}
