//! Puts routes and middleware together.

use actix_web::{
    App as WebApp, Error,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Condition, from_fn},
    web::{self, Data},
};
use secrecy::ExposeSecret;

use crate::{
    App,
    middleware::{etag, lock, measure, rate_limit, request, security_headers},
    pages,
    problem::{ApiResult, Problem},
    routes,
};

/// Makes the application of one server thread.
pub(crate) fn build(
    app: Data<App>,
) -> WebApp<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let reports_errors = !app.settings.sentry.dsn.expose_secret().is_empty();
    // The last one wrapped comes first. Errors reach Sentry through the log, once, with the hub of their request.
    let sentry = sentry_actix::Sentry::builder()
        .capture_server_errors(false)
        .finish();
    WebApp::new()
        .app_data(app)
        .configure(routes::configure)
        .configure(pages::configure)
        .default_service(web::to(no_such_page))
        .wrap(from_fn(lock::hold))
        .wrap(from_fn(etag::tag))
        .wrap(from_fn(rate_limit::hold))
        .wrap(from_fn(pages::failure::show))
        .wrap(from_fn(security_headers::add))
        .wrap(from_fn(measure::record))
        .wrap(from_fn(request::follow))
        .wrap(Condition::new(reports_errors, sentry))
}

async fn no_such_page() -> ApiResult<&'static str> {
    Err(Problem::no_such_page())
}
