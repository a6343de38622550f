use actix_web::{HttpRequest, HttpResponse, ResponseError, web::Data};
use askama::Template;
use serde_json::json;

use super::{
    assets::{self, Addresses},
    form::{Faults, Form},
    login::enter,
    render,
};
use crate::{App, handlers::auth, problem::ApiResult};

#[derive(Template)]
#[template(path = "register.html")]
pub(super) struct Page<'a> {
    pub(super) assets: &'static Addresses,
    pub(super) faults: Faults,
    pub(super) trial_days: u32,
    pub(super) name: &'a str,
    pub(super) email: &'a str,
}

/// Asks for what an account needs.
pub(super) async fn show(app: Data<App>) -> ApiResult<HttpResponse> {
    render::page(&Page {
        assets: assets::addresses(),
        faults: Faults::default(),
        trial_days: app.settings.trial.days,
        name: "",
        email: "",
    })
}

/// Registers by the same code as the API, and goes on to the first store.
pub(super) async fn submit(
    app: Data<App>,
    request: HttpRequest,
    form: Form,
) -> ApiResult<HttpResponse> {
    let (name, email) = (form.trimmed("name"), form.trimmed("email"));
    let body = form.body(json!({
        "name": name, "email": email, "password": form.text("password"),
    }))?;
    match auth::register(app.clone(), request, body).await {
        Ok(answer) => Ok(enter(&answer, "/")),
        Err(problem) => {
            let status = problem.status_code();
            let page = Page {
                assets: assets::addresses(),
                faults: Faults::of(problem)?,
                trial_days: app.settings.trial.days,
                name,
                email,
            };
            render::page_with(status, &page)
        }
    }
}
