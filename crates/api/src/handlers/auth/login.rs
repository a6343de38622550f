use actix_web::{HttpMessage, HttpRequest, HttpResponse, http::header::SET_COOKIE, web::Data};
use secrecy::SecretString;
use serde::Deserialize;
use suite_core::credentials::normalize_email;
use suite_db::users::{self, Login};
use utoipa::ToSchema;

use super::{register::refuse_foreign_origin_of_browser, session, tries};
use crate::{
    App,
    extract::{Json, Member, Via},
    handlers::me::{Me, view_of_user},
    problem::{ApiResult, Problem, ProblemView},
};

/// Who wants in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The address.
    #[schema(format = "email")]
    email: String,
    /// The password.
    #[schema(value_type = String, format = "password")]
    password: SecretString,
}

/// Begins a session, in the cookie `suite_session`.
#[utoipa::path(post, path = "/v1/auth/login", tag = "access", request_body = Credentials,
    responses((status = 200, body = Me), (status = 401, body = ProblemView),
        (status = 429, body = ProblemView)))]
pub(crate) async fn login(
    app: Data<App>,
    request: HttpRequest,
    Json(body): Json<Credentials>,
) -> ApiResult<HttpResponse> {
    refuse_foreign_origin_of_browser(&request)?;
    tries::count_address(&app, &request).await?;
    let email = normalize_email("email", &body.email)?;
    let mut tx = app.db.fleet().await?;
    let known = users::find_login(&mut tx, &email).await?;
    tx.commit().await?;
    if !is_owner(&request, known.as_ref()) {
        tries::count_name(&app, &email).await?;
    }
    let stored = known.as_ref().map(|known| known.password_hash.clone());
    let fits = app.passwords.verify(body.password, stored).await?;
    let known = known
        .filter(|_| fits)
        .ok_or_else(Problem::wrong_credentials)?;
    let cookie = session::open(&app, known.account_id, known.user_id).await?;
    let me = view_of_user(&app, known.account_id, known.user_id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((SET_COOKIE, cookie))
        .json(me))
}

/// Tells whether the request comes with a session of the very person who logs in.
fn is_owner(request: &HttpRequest, known: Option<&Login>) -> bool {
    let member = request
        .extensions()
        .get::<Member>()
        .map(|member| member.via);
    known.is_some_and(|known| member == Some(Via::Session(known.user_id)))
}
