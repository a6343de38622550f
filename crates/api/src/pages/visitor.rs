//! Who looks at a page.

use actix_web::{
    FromRequest, HttpRequest, ResponseError,
    dev::Payload,
    http::{Method, StatusCode},
};
use futures_util::future::LocalBoxFuture;

use crate::{
    extract::Member,
    problem::{ApiResult, Problem},
};

/// Somebody who is logged in; everybody else is sent to the log-in page, and from there back to where they wanted to go.
#[derive(Clone, Debug)]
pub(super) struct Visitor(pub(super) Member);

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let member = Member::from_request(request, payload);
        let log_in = log_in_address(request);
        Box::pin(async move {
            match member.await {
                Ok(member) => Ok(Self(member)),
                Err(problem) if problem.status_code() == StatusCode::UNAUTHORIZED => {
                    Err(Problem::see_other(&log_in))
                }
                Err(problem) => Err(problem),
            }
        })
    }
}

/// A form that was sent too late cannot be sent again from the log-in page; its reader starts at the overview.
fn log_in_address(request: &HttpRequest) -> String {
    match (request.method(), request.uri().to_string().as_str()) {
        (&Method::GET, wanted) if wanted != "/" => format!("/login?next={}", encoded(wanted)),
        _ => "/login".to_owned(),
    }
}

/// Percent-encodes everything but letters, digits and a few harmless marks, for a value within an address.
pub(super) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Returns where to go after logging in: an address of this site, never another one.
pub(super) fn safe_next(next: &str) -> &str {
    let is_ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\r', '\n', '\t'])
        && next.is_ascii();
    if is_ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site_after_logging_in() {
        for ours in ["/", "/orders?store_id=1&search=a%20b"] {
            assert_eq!(safe_next(ours), ours);
        }
        for foreign in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/x\r\nset-cookie: a=b",
        ] {
            assert_eq!(safe_next(foreign), "/", "{foreign:?}");
        }
    }

    #[test]
    fn the_wanted_page_is_kept_for_after_the_log_in() {
        let wanted = TestRequest::get()
            .uri("/orders?search=a&limit=2")
            .to_http_request();
        assert_eq!(
            log_in_address(&wanted),
            "/login?next=/orders%3Fsearch%3Da%26limit%3D2"
        );
        let sent = TestRequest::post().uri("/stores").to_http_request();
        assert_eq!(log_in_address(&sent), "/login");
    }
}
