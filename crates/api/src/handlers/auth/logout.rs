use actix_web::{HttpRequest, HttpResponse, http::header::SET_COOKIE, web::Data};
use suite_core::credentials::TokenKind;
use suite_db::sessions;

use super::session;
use crate::{
    App,
    extract::{bearer_or_cookie, refuse_foreign_origin},
    problem::ApiResult,
};

/// Ends the session of the cookie, on every process at once. Without one there is nothing to end, which is no failure.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "access",
    responses((status = 204, description = "Logged out.")), security(("session" = [])))]
pub(crate) async fn logout(app: Data<App>, request: HttpRequest) -> ApiResult<HttpResponse> {
    if let Some((TokenKind::Session, shown)) = bearer_or_cookie(&request)? {
        refuse_foreign_origin(&request)?;
        let mut tx = app.db.account(shown.account_id).await?;
        sessions::delete(&mut tx, &shown.hash).await?;
        tx.commit().await?;
    }
    Ok(HttpResponse::NoContent()
        .insert_header((SET_COOKIE, session::expired(&app)?))
        .finish())
}
