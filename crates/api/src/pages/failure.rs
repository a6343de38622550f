//! Failures as pages: for who looks at a page, and never on the addresses of the API.

use actix_web::{
    Error, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{
            ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
            WWW_AUTHENTICATE,
        },
    },
    middleware::Next,
};
use askama::Template;

use super::{
    assets::{self, Addresses},
    display::words,
    render::HTML,
};
use crate::{
    middleware::{request, security_headers::PAGE_POLICY},
    problem::Problem,
};

#[derive(Template)]
#[template(path = "failure.html")]
pub(super) struct Page<'a> {
    pub(super) assets: &'static Addresses,
    pub(super) status: u16,
    pub(super) title: &'a str,
    pub(super) detail: &'a str,
    pub(super) faults: Vec<String>,
    /// Whether paying would help.
    pub(super) is_unpaid: bool,
    pub(super) request_id: String,
}

/// Turns the problem of a failed request into a page when a browser asked for one. The status, the other headers and what the log
/// says stay.
pub(crate) async fn show(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let wants_page = is_page(request.path()) && accepts_html(request.headers());
    let response = next.call(request).await?.map_into_boxed_body();
    if !wants_page {
        return Ok(response);
    }
    let Some(html) = response
        .response()
        .error()
        .and_then(|error| error.as_error::<Problem>())
        .and_then(html)
    else {
        return Ok(response);
    };
    let mut response = response.map_body(|_, _| BoxBody::new(html));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(PAGE_POLICY),
    );
    headers.insert(VARY, HeaderValue::from_static("accept"));
    // A page asks with a form and not with the browser's own dialogue.
    headers.remove(WWW_AUTHENTICATE);
    Ok(response)
}

/// Addresses of the API and of machines answer problems, whoever asks.
fn is_page(path: &str) -> bool {
    const MACHINES: [&str; 9] = [
        "/v1",
        "/webhooks",
        "/cron",
        "/health",
        "/ready",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/static",
    ];
    !MACHINES.iter().any(|place| {
        path.strip_prefix(place)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Browsers name HTML; programs that take anything do not.
fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            let kind = range.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("text/html")
        })
}

fn html(problem: &Problem) -> Option<String> {
    if problem.status_code().is_redirection() {
        return None;
    }
    let page = Page {
        assets: assets::addresses(),
        status: problem.status_code().as_u16(),
        title: title(problem.status_code()),
        detail: problem.detail(),
        faults: problem
            .faults()
            .iter()
            .map(|fault| format!("{} {}", words(&fault.field), fault.message))
            .collect(),
        is_unpaid: problem.status_code() == StatusCode::PAYMENT_REQUIRED,
        request_id: request::current_id(),
    };
    page.render().ok()
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "There is no such page",
        StatusCode::FORBIDDEN => "That is not allowed",
        StatusCode::CONFLICT => "That does not go together",
        StatusCode::PAYMENT_REQUIRED => "Your account is locked",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests",
        StatusCode::SERVICE_UNAVAILABLE => "We are away for a moment",
        status if status.is_server_error() => "Something went wrong on our side",
        _ => "That cannot be done",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_fail_as_pages() {
        for page in ["/", "/orders", "/stores/1", "/v10", "/healthy", "/nowhere"] {
            assert!(is_page(page), "{page}");
        }
        for machine in [
            "/v1",
            "/v1/nothing",
            "/health",
            "/openapi.json",
            "/static/x",
            "/webhooks/stripe",
        ] {
            assert!(!is_page(machine), "{machine}");
        }
    }

    #[test]
    fn html_is_for_those_who_name_it() {
        let accepts = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_str(value).unwrap());
            accepts_html(&headers)
        };
        assert!(accepts("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"));
        assert!(accepts("application/json, Text/HTML;q=0.1"));
        assert!(!accepts("*/*") && !accepts("application/json") && !accepts("text/htmlx"));
        assert!(!accepts_html(&HeaderMap::new()));
    }
}
