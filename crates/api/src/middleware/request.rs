//! Gives every request its id, its span, its one line in the log, and its failures their one report.

use std::time::Instant;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
};
use suite_core::trace::TraceContext;
use tracing::Instrument;
use uuid::Uuid;

use crate::problem::Problem;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: &str = "traceparent";

/// What is known about the request that the present task serves.
#[derive(Clone, Debug)]
struct Current {
    id: String,
    trace: TraceContext,
}

tokio::task_local! {
    static CURRENT: Current;
}

/// Returns the id of the request being served; empty outside of one.
pub(crate) fn current_id() -> String {
    CURRENT
        .try_with(|current| current.id.clone())
        .unwrap_or_default()
}

/// Returns the W3C trace context of the request being served, for the jobs that it asks for.
pub(crate) fn current_traceparent() -> Option<String> {
    CURRENT.try_with(|current| current.trace.to_string()).ok()
}

/// Serves one request inside its span and says how it went.
pub(crate) async fn follow(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let current = Current {
        id: id_from(request.headers()),
        trace: trace_from(request.headers()),
    };
    let span = tracing::info_span!(
        "request",
        request.id = %current.id,
        http.method = %request.method(),
        trace.id = current.trace.trace_id(),
        span.id = current.trace.span_id(),
    );
    let id = HeaderValue::from_str(&current.id);
    let serving = async move {
        let started = Instant::now();
        let mut response = next.call(request).await?;
        if let Ok(id) = id {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        report(&response, started);
        Ok(response)
    };
    CURRENT.scope(current, serving).instrument(span).await
}

/// The pattern and not the path: ids and secrets in addresses stay out of the log.
fn report<B>(response: &ServiceResponse<B>, started: Instant) {
    let route = response.request().match_pattern();
    let route = route.as_deref().unwrap_or("unmatched");
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let failure = response.response().error().map(|error| {
        error
            .as_error::<Problem>()
            .map_or_else(|| error.to_string(), Problem::log_text)
    });
    match failure {
        // Becomes an event in Sentry as well.
        Some(cause) if status >= 500 => {
            tracing::error!(
                http.route = route,
                http.status = status,
                duration_ms,
                cause,
                "request failed"
            );
        }
        Some(cause) => {
            tracing::info!(
                http.route = route,
                http.status = status,
                duration_ms,
                cause,
                "request refused"
            );
        }
        None => tracing::info!(
            http.route = route,
            http.status = status,
            duration_ms,
            "request served"
        ),
    }
}

fn id_from(headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|id| id.to_str().ok());
    match given {
        Some(id) if is_sane(id) => id.to_owned(),
        _ => Uuid::now_v7().to_string(),
    }
}

/// A stranger's id goes into our log and answers: short, and nothing that could be mistaken for markup.
fn is_sane(id: &str) -> bool {
    (8..=128).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Goes on with the caller's trace, if it tells of exactly one.
fn trace_from(headers: &HeaderMap) -> TraceContext {
    let mut given = headers.get_all(TRACEPARENT);
    let parent = given.next().and_then(|text| text.to_str().ok());
    TraceContext::following(parent.filter(|_| given.next().is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        );
        headers
    }

    #[test]
    fn a_sane_request_id_is_taken_over_and_others_are_replaced() {
        assert_eq!(
            id_from(&headers("x-request-id", "checkout-42.7_a")),
            "checkout-42.7_a"
        );
        for bad in ["", "short", "<script>alert(1)</script>", &"x".repeat(129)] {
            let id = id_from(&headers("x-request-id", bad));
            assert!(Uuid::try_parse(&id).is_ok(), "{bad} became {id}");
        }
        assert!(Uuid::try_parse(&id_from(&HeaderMap::new())).is_ok());
    }

    #[test]
    fn a_trace_goes_on_only_when_the_caller_tells_of_one() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
        let mut headers = headers("traceparent", good);
        assert_eq!(trace_from(&headers).trace_id(), trace_id);
        headers.append(
            HeaderName::from_static("traceparent"),
            HeaderValue::from_static(good),
        );
        assert_ne!(trace_from(&headers).trace_id(), trace_id);
    }
}
