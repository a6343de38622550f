//! Keeps accounts that do not pay from doing anything but reading, taking away, deleting and paying.

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use crate::{extract::Member, problem::Problem};

/// What a locked account may still send, beside reading and deleting: addresses as the tables of routes and pages write them.
/// A trailing `*` stands for whatever follows.
const OPEN: &[&str] = &[
    // Paying, and who somebody is.
    "/v1/billing/*",
    "/v1/auth/*",
    "/billing/*",
    "/login",
    "/logout",
    "/register",
    "/forgot-password",
    "/reset-password/*",
    "/unsubscribe/*",
    "/verify-email/*",
    // What is told by other services or by the operator concerns no account's plan.
    "/webhooks/*",
    "/cron/*",
    "/v1/ops/*",
    // Calling off and deleting from a page, which browsers send as forms.
    "/v1/jobs/{id}/cancel",
    "/jobs/{id}/cancel",
    "/stores/{id}/delete",
    "/tokens/{id}/delete",
];

/// Tells whether a locked account may send a request of this method to an address of the table of routes.
#[must_use]
pub fn is_open_when_locked(method: &str, pattern: &str) -> bool {
    let reads_or_deletes = ["get", "head", "delete"]
        .iter()
        .any(|open| method.eq_ignore_ascii_case(open));
    reads_or_deletes
        || OPEN.iter().any(|open| match open.strip_suffix('*') {
            Some(begin) => pattern.starts_with(begin),
            None => *open == pattern,
        })
}

/// Answers 402 to what a locked account may not send. Who asks has been found out by the rate limiter.
pub(crate) async fn hold<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let is_locked = request
        .extensions()
        .get::<Member>()
        .is_some_and(|member| member.is_locked);
    // An address that does not exist is told as such, to whomever.
    let pattern = request.match_pattern();
    let is_shut = |pattern: String| !is_open_when_locked(request.method().as_str(), &pattern);
    if is_locked && pattern.is_some_and(is_shut) {
        let (request, _) = request.into_parts();
        let problem = Problem::from(suite_core::Error::PlanRequired);
        return Ok(ServiceResponse::from_err(problem, request).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}
