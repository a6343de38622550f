//! Pages as answers.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CONTENT_SECURITY_POLICY, LOCATION},
    },
};
use askama::Template;
use suite_core::Error;

use crate::{
    middleware::security_headers::PAGE_POLICY,
    problem::{ApiResult, Problem},
};

/// The content type of every page.
pub(super) const HTML: &str = "text/html; charset=utf-8";

/// Answers with a page.
pub(super) fn page(template: &impl Template) -> ApiResult<HttpResponse> {
    page_with(StatusCode::OK, template)
}

/// Answers with a page under another status than 200.
pub(super) fn page_with(status: StatusCode, template: &impl Template) -> ApiResult<HttpResponse> {
    let html = template
        .render()
        .map_err(|error| Problem::from(Error::internal(error)))?;
    Ok(HttpResponse::build(status)
        .content_type(HTML)
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .body(html))
}

/// Sends the browser on to another page after a form was sent, so that reloading does not send it again.
pub(super) fn go_to(address: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, address))
        .finish()
}
