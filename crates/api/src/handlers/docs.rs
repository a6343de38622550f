//! The description of the API: for programs as OpenAPI, for people as a page that needs no script and no other host.

mod page;

use std::sync::LazyLock;

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY},
};

use crate::{middleware::security_headers::PAGE_POLICY, openapi::document};

/// Made once: it is the same as long as the program is.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_json().unwrap_or_default());
static PAGE: LazyLock<String> = LazyLock::new(|| page::render(&DOCUMENT));
const STYLE: &str = include_str!("docs/style.css");

/// Describes every address, parameter and body, in OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", tag = "operation",
    responses((status = 200, body = serde_json::Value, description = "This document.")))]
pub(crate) async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(DOCUMENT.as_str())
}

/// Describes the API for people.
#[utoipa::path(get, path = "/docs", tag = "operation",
    responses((status = 200, body = String, content_type = "text/html")))]
pub(crate) async fn read() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(PAGE.as_str())
}

/// Makes the page of `/docs` pleasant to read.
#[utoipa::path(get, path = "/docs/style.css", tag = "operation",
    responses((status = 200, body = String, content_type = "text/css")))]
pub(crate) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(STYLE)
}
