use actix_web::{HttpRequest, HttpResponse, web::Data};

use super::{form::Form, login::enter};
use crate::{App, handlers::auth, problem::ApiResult};

/// Ends the session. The form is read only to be sure that it is one of ours.
pub(super) async fn submit(
    app: Data<App>,
    request: HttpRequest,
    _form: Form,
) -> ApiResult<HttpResponse> {
    let answer = auth::logout(app, request).await?;
    Ok(enter(&answer, "/login"))
}
