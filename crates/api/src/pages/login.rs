use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::header::{HeaderValue, SET_COOKIE},
    web::Data,
};
use askama::Template;
use serde::Deserialize;
use serde_json::json;

use super::{
    assets::{self, Addresses},
    form::{Faults, Form},
    render,
    visitor::{Visitor, safe_next},
};
use crate::{App, extract::Query, handlers::auth, problem::ApiResult};

/// Where to go after logging in.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "login.html")]
pub(super) struct Page<'a> {
    pub(super) assets: &'static Addresses,
    pub(super) faults: Faults,
    pub(super) next: &'a str,
    pub(super) email: &'a str,
}

/// Asks for address and password; who is logged in already goes on.
pub(super) async fn show(
    visitor: Option<Visitor>,
    Query(wanted): Query<Wanted>,
) -> ApiResult<HttpResponse> {
    let next = safe_next(&wanted.next);
    if visitor.is_some() {
        return Ok(render::go_to(next));
    }
    render::page(&Page {
        assets: assets::addresses(),
        faults: Faults::default(),
        next,
        email: "",
    })
}

/// Logs in by the same code as the API.
pub(super) async fn submit(
    app: Data<App>,
    request: HttpRequest,
    form: Form,
) -> ApiResult<HttpResponse> {
    let (email, next) = (form.trimmed("email"), safe_next(form.text("next")));
    let body = form.body(json!({"email": email, "password": form.text("password")}))?;
    match auth::login(app, request, body).await {
        Ok(answer) => Ok(enter(&answer, next)),
        Err(problem) => {
            let status = problem.status_code();
            let page = Page {
                assets: assets::addresses(),
                faults: Faults::of(problem)?,
                next,
                email,
            };
            render::page_with(status, &page)
        }
    }
}

/// Hands the cookie of the API's answer on with the next page.
pub(super) fn enter(answer: &HttpResponse, next: &str) -> HttpResponse {
    let mut response = render::go_to(next);
    let cookies: Vec<HeaderValue> = answer.headers().get_all(SET_COOKIE).cloned().collect();
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
