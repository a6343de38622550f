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

#[cfg(test)]
mod tests {
    use actix_web::{App, HttpResponse, middleware::from_fn, test, web};

    use super::*;

    #[actix_web::test]
    async fn a_handler_that_panics_is_answered_for_without_its_words() {
        let resource = web::resource("/")
            .to(|| async {
                assert!(std::hint::black_box(false), "hunter2");
                HttpResponse::Ok().finish()
            })
            .wrap(from_fn(answer));
        let service = test::init_service(App::new().service(resource)).await;
        let response = test::call_service(&service, test::TestRequest::get().to_request()).await;
        assert_eq!(response.status(), 500);
        assert_eq!(
            response.headers().get("content-type").unwrap(),
            "application/problem+json"
        );
        let body = test::read_body(response).await;
        assert!(!String::from_utf8_lossy(&body).contains("hunter2"));
    }
}
