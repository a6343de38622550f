//! All addresses of the API: the one table from which the server, the OpenAPI document and the tests are made.

use actix_web::{
    Resource, guard,
    middleware::from_fn,
    web::{self, ServiceConfig},
};
use utoipa::OpenApi;

use crate::{
    handlers,
    middleware::{panics, patience},
    openapi::Common,
    problem::{ApiResult, Problem},
};

/// Writes the table: each address with its methods and handlers.
macro_rules! routes {
    ($($path:literal => { $($method:ident: $($handler:ident)::+),+ $(,)? })+) => {
        /// Every address with its methods, for the tests.
        pub const TABLE: &[(&str, &[&str])] = &[$(($path, &[$(stringify!($method)),+])),+];

        /// Registers every route.
        pub(crate) fn configure(config: &mut ServiceConfig) {
            $(
                let resource = web::resource($path)
                    $(.route(method(stringify!($method)).to($($handler)::+)))+;
                register(config, resource, &[$(stringify!($method)),+]);
            )+
        }

        /// The paths of the document; [`crate::openapi::document`] adds the rest.
        #[derive(OpenApi)]
        #[openapi(paths($($($($handler)::+),+),+), modifiers(&Common))]
        pub(crate) struct Document;
    };
}

routes! {
    "/cron/{task}" => { get: handlers::cron::get, post: handlers::cron::post }
    "/docs" => { get: handlers::docs::read }
    "/docs/style.css" => { get: handlers::docs::style }
    "/health" => { get: handlers::health::live }
    "/metrics" => { get: handlers::health::metrics }
    "/openapi.json" => { get: handlers::docs::openapi }
    "/ready" => { get: handlers::health::ready }
    "/v1/auth/forgot-password" => { post: handlers::auth::forgot_password }
    "/v1/auth/login" => { post: handlers::auth::login }
    "/v1/auth/logout" => { post: handlers::auth::logout }
    "/v1/auth/register" => { post: handlers::auth::register }
    "/v1/auth/reset-password" => { post: handlers::auth::reset_password }
    "/v1/auth/send-verification" => { post: handlers::auth::send_verification }
    "/v1/auth/verify-email" => { post: handlers::auth::verify_email }
    "/v1/billing" => { get: handlers::billing::get }
    "/v1/billing/cancel" => { post: handlers::billing::cancel }
    "/v1/billing/checkout" => { post: handlers::billing::checkout }
    "/v1/billing/portal" => { post: handlers::billing::portal }
    "/v1/imports" => { get: handlers::imports::list }
    "/v1/imports/{id}" => { get: handlers::imports::get }
    "/v1/imports/{id}/rejects" => { get: handlers::imports::rejects }
    "/v1/inventory" => { get: handlers::inventory::levels }
    "/v1/inventory/adjustments" => { post: handlers::inventory::adjust }
    "/v1/inventory/analyses" => { get: handlers::inventory::analyses, post: handlers::inventory::start }
    "/v1/inventory/analyses/{id}" => { get: handlers::inventory::analysis }
    "/v1/inventory/analyses/{id}/items" => { get: handlers::inventory::items }
    "/v1/inventory/checks" => { get: handlers::inventory::checks, post: handlers::inventory::start_check }
    "/v1/inventory/checks/{id}" => { get: handlers::inventory::check }
    "/v1/inventory/counts" => { post: handlers::inventory::count }
    "/v1/inventory/documents" => { get: handlers::inventory::documents }
    "/v1/inventory/documents/{id}" => { get: handlers::inventory::get }
    "/v1/inventory/movements" => { get: handlers::inventory::movements }
    "/v1/inventory/receipts" => { post: handlers::inventory::receive }
    "/v1/inventory/transfers" => { post: handlers::inventory::transfer }
    "/v1/jobs" => { get: handlers::jobs::list }
    "/v1/jobs/{id}" => { get: handlers::jobs::get }
    "/v1/jobs/{id}/cancel" => { post: handlers::jobs::cancel }
    "/v1/jobs/{id}/events" => { get: handlers::jobs::events }
    "/v1/jobs/{id}/retry" => { post: handlers::jobs::retry }
    "/v1/locations" => { get: handlers::locations::list, post: handlers::locations::create }
    "/v1/locations/{id}" => { get: handlers::locations::get, patch: handlers::locations::update }
    "/v1/me" => { get: handlers::me::get }
    "/v1/ops/alerts" => { get: handlers::ops::list_alerts }
    "/v1/ops/autoscale" => { get: handlers::ops::autoscale }
    "/v1/ops/funnel" => { get: handlers::ops::funnel }
    "/v1/ops/jobs" => { get: handlers::ops::list_jobs }
    "/v1/ops/jobs/{id}" => { get: handlers::ops::get_job }
    "/v1/ops/jobs/{id}/cancel" => { post: handlers::ops::cancel_job }
    "/v1/ops/jobs/{id}/kill" => { post: handlers::ops::kill_job }
    "/v1/ops/jobs/{id}/retry" => { post: handlers::ops::retry_job }
    "/v1/ops/mails" => { get: handlers::ops::list_mails }
    "/v1/ops/mails/{id}/lift-suppression" => { post: handlers::ops::lift_suppression }
    "/v1/ops/queues" => { get: handlers::ops::list_queues }
    "/v1/ops/queues/{name}/pause" => { post: handlers::ops::pause_queue }
    "/v1/ops/queues/{name}/resume" => { post: handlers::ops::resume_queue }
    "/v1/ops/workers" => { get: handlers::ops::list_workers }
    "/v1/orders" => { get: handlers::orders::list }
    "/v1/orders/{id}" => { get: handlers::orders::get }
    "/v1/preferences" => { get: handlers::preferences::get, patch: handlers::preferences::update }
    "/v1/products" => { get: handlers::catalogue::list_products }
    "/v1/purchase-orders" => { get: handlers::purchase_orders::list, post: handlers::purchase_orders::create }
    "/v1/purchase-orders/{id}" => {
        get: handlers::purchase_orders::get,
        patch: handlers::purchase_orders::update,
    }
    "/v1/purchase-orders/{id}/cancel" => { post: handlers::purchase_orders::cancel }
    "/v1/purchase-orders/{id}/close" => { post: handlers::purchase_orders::close }
    "/v1/purchase-orders/{id}/file" => { get: handlers::purchase_orders::file }
    "/v1/purchase-orders/{id}/send" => { post: handlers::purchase_orders::send }
    "/v1/report-schedules" => {
        get: handlers::report_schedules::list,
        post: handlers::report_schedules::create,
    }
    "/v1/report-schedules/{id}" => {
        get: handlers::report_schedules::get,
        patch: handlers::report_schedules::update,
        delete: handlers::report_schedules::delete,
    }
    "/v1/reports" => { get: handlers::reports::list, post: handlers::reports::create }
    "/v1/reports/{id}" => { get: handlers::reports::get }
    "/v1/reports/{id}/file" => { get: handlers::reports::file }
    "/v1/stores" => { get: handlers::stores::list, post: handlers::stores::create }
    "/v1/stores/{id}" => {
        get: handlers::stores::get,
        patch: handlers::stores::update,
        delete: handlers::stores::delete,
    }
    "/v1/stores/{id}/imports" => { post: handlers::imports::upload }
    "/v1/stores/{id}/stock-terms" => {
        get: handlers::inventory::get_terms,
        put: handlers::inventory::put_terms,
    }
    "/v1/supplier-prices" => { get: handlers::supplier_prices::list, post: handlers::supplier_prices::set }
    "/v1/tokens" => { get: handlers::tokens::list, post: handlers::tokens::create }
    "/v1/tokens/{id}" => { delete: handlers::tokens::delete }
    "/v1/variants" => { get: handlers::catalogue::list_variants }
    "/v1/variants/{id}/low-stock-threshold" => { put: handlers::inventory::put_threshold }
    "/v1/vendors" => { get: handlers::vendors::list, post: handlers::vendors::create }
    "/v1/vendors/{id}" => { get: handlers::vendors::get, patch: handlers::vendors::update }
    "/webhooks/sendgrid" => { post: handlers::webhooks::sendgrid }
    "/webhooks/stripe" => { post: handlers::webhooks::stripe }
}

/// A route for one method; what answers GET answers HEAD as well, without the body.
pub(crate) fn method(name: &str) -> actix_web::Route {
    match name {
        "get" => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
        "post" => web::post(),
        "patch" => web::patch(),
        "put" => web::put(),
        "delete" => web::delete(),
        _ => web::route().guard(guard::fn_guard(|_| false)),
    }
}

/// Adds what every resource has: panics are answered, and other methods are told which ones there are.
pub(crate) fn register(config: &mut ServiceConfig, resource: Resource, methods: &[&str]) {
    let mut allow = Vec::new();
    for method in methods {
        allow.push(method.to_uppercase());
        if *method == "get" {
            allow.push("HEAD".to_owned());
        }
    }
    let allow = allow.join(", ");
    let refuse = move || {
        let allow = allow.clone();
        async move { ApiResult::<&'static str>::Err(Problem::method_not_allowed(&allow)) }
    };
    config.service(
        resource
            .default_service(web::to(refuse))
            .wrap(from_fn(patience::hold))
            .wrap(from_fn(panics::answer)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::document;

    #[test]
    fn every_route_is_in_the_document_and_nothing_else_is() {
        let document = serde_json::to_value(document()).unwrap();
        let mut described: Vec<String> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                item.as_object()
                    .unwrap()
                    .keys()
                    .map(move |method| format!("{method} {path}"))
            })
            .collect();
        let mut served: Vec<String> = TABLE
            .iter()
            .flat_map(|(path, methods)| methods.iter().map(move |m| format!("{m} {path}")))
            .collect();
        described.sort();
        served.sort();
        assert_eq!(described, served);
    }
}
