//! Gives up requests that wait for a database which hangs: a client that is told so can try again, one that waits cannot.

use actix_web::{
    Error,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};

use crate::{App, problem::Problem};

/// Stands around each resource, as a request that is kept outside of the routing cannot be routed. Probes must go on answering.
pub(crate) async fn hold<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let Some(app) = request.app_data::<Data<App>>().cloned() else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let kept = request.request().clone();
    // Those that ask the database at all look after themselves.
    if matches!(kept.path(), "/health" | "/ready" | "/metrics") {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    tokio::select! {
        biased;
        served = next.call(request) => Ok(served?.map_into_left_body()),
        () = app.db.hangs() => {
            let cause = suite_core::Error::unavailable("the database hangs");
            Ok(ServiceResponse::from_err(Problem::from(cause), kept).map_into_right_body())
        }
    }
}
