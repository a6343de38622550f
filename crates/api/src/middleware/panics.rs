//! Turns a panic of a handler into an answer: without it the connection would just close.

use std::{any::Any, panic::AssertUnwindSafe};

use actix_web::{
    Error,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use futures_util::FutureExt;

use crate::problem::Problem;

/// Stands around each resource and not around the whole: a request that is kept outside of the routing cannot be routed.
pub(crate) async fn answer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let kept = request.request().clone();
    // What a handler leaves half-changed when it unwinds is its own; what it shares is locked or atomic.
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(served) => Ok(served?.map_into_left_body()),
        Err(panic) => {
            let cause = suite_core::Error::internal(format!("panicked: {}", message(&*panic)));
            Ok(ServiceResponse::from_err(Problem::from(cause), kept).map_into_right_body())
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
