//! What helps who has forgotten their password.

use actix_web::{HttpRequest, HttpResponse, ResponseError, http::StatusCode, web::Data};
use askama::Template;
use serde_json::json;

use super::{
    assets::{self, Addresses},
    form::{Faults, Form},
    notice, render,
};
use crate::{App, handlers::auth, problem::ApiResult};

#[derive(Template)]
#[template(path = "forgot_password.html")]
pub(super) struct Forgot<'a> {
    pub(super) assets: &'static Addresses,
    pub(super) faults: Faults,
    pub(super) email: &'a str,
}

#[derive(Template)]
#[template(path = "reset_password.html")]
pub(super) struct Reset<'a> {
    pub(super) assets: &'static Addresses,
    pub(super) faults: Faults,
    pub(super) token: &'a str,
}

/// Asks for the address.
pub(super) async fn forgot() -> ApiResult<HttpResponse> {
    render::page(&Forgot {
        assets: assets::addresses(),
        faults: Faults::default(),
        email: "",
    })
}

/// Mails a link by the same code as the API.
pub(super) async fn send(
    app: Data<App>,
    request: HttpRequest,
    form: Form,
) -> ApiResult<HttpResponse> {
    let email = form.trimmed("email");
    let body = form.body(json!({ "email": email }))?;
    match auth::forgot_password(app, request, body).await {
        Ok(_) => notice::tell(
            "Look into your mail",
            "If the address belongs to an account, a link is on its way to it. It works for an hour.",
            Some(("Log in", "/login")),
        ),
        Err(problem) => {
            let status = problem.status_code();
            let page = Forgot {
                assets: assets::addresses(),
                faults: Faults::of(problem)?,
                email,
            };
            render::page_with(status, &page)
        }
    }
}

/// Asks for the new password. Opening the link changes nothing, and does not tell whether it is good.
pub(super) async fn reset(request: HttpRequest) -> ApiResult<HttpResponse> {
    let token = notice::token(&request)?;
    reset_page(StatusCode::OK, Faults::default(), &token)
}

fn reset_page(status: StatusCode, faults: Faults, token: &str) -> ApiResult<HttpResponse> {
    let page = Reset {
        assets: assets::addresses(),
        faults,
        token,
    };
    render::page_with(status, &page)
}

/// Replaces the password by the same code as the API.
pub(super) async fn replace(
    app: Data<App>,
    request: HttpRequest,
    form: Form,
) -> ApiResult<HttpResponse> {
    let token = notice::token(&request)?;
    let body = form.body(json!({"token": token, "password": form.text("password")}))?;
    match auth::reset_password(app, request, body).await {
        Ok(_) => notice::tell(
            "Your password is replaced",
            "All log-ins have ended. Log in with the new password.",
            Some(("Log in", "/login")),
        ),
        Err(problem) => {
            let status = problem.status_code();
            reset_page(status, Faults::of(problem)?, &token)
        }
    }
}
