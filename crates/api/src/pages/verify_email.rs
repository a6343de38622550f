//! The link that proves an address.

use actix_web::{HttpRequest, HttpResponse, ResponseError, http::StatusCode, web::Data};
use serde_json::json;

use super::{
    form::{Faults, Form},
    notice,
};
use crate::{App, handlers::auth, problem::ApiResult};

/// Asks before it is done: mail programs open links by themselves.
pub(super) async fn show(request: HttpRequest) -> ApiResult<HttpResponse> {
    let token = notice::token(&request)?;
    ask(StatusCode::OK, Faults::default(), &token)
}

fn ask(status: StatusCode, faults: Faults, token: &str) -> ApiResult<HttpResponse> {
    notice::ask(
        (status, faults),
        (
            "Confirm your address",
            "One click, and we know that our mails reach you.",
            "Confirm the address",
        ),
        &format!("/verify-email/{token}"),
    )
}

/// Notes it by the same code as the API.
pub(super) async fn submit(
    app: Data<App>,
    request: HttpRequest,
    form: Form,
) -> ApiResult<HttpResponse> {
    let token = notice::token(&request)?;
    let body = form.body(json!({ "token": token }))?;
    match auth::verify_email(app, request, body).await {
        Ok(_) => notice::tell(
            "Your address is confirmed",
            "Thank you. There is nothing else to do.",
            Some(("Open Employee Suite", "/")),
        ),
        Err(problem) => {
            let status = problem.status_code();
            ask(status, Faults::of(problem)?, &token)
        }
    }
}
