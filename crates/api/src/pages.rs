//! The pages for people: HTML made on the server, which works without JavaScript and gets live figures with it.
//!
//! A page reads through the same database functions as the API. A form goes through the API's own handlers, so both have the same
//! rules, the same refusals and the same limits.

mod account;
mod assets;
mod billing;
mod chart;
mod display;
#[cfg(test)]
mod escaping;
pub(crate) mod failure;
mod figures;
mod form;
mod import;
mod imports;
mod inventory;
mod job;
mod jobs;
mod list;
mod live;
mod login;
mod logout;
mod notice;
mod order;
mod orders;
mod overview;
mod password;
mod products;
mod register;
mod render;
mod reorder;
mod report;
mod report_form;
mod report_schedules;
mod reports;
mod series;
mod shared;
mod shell;
mod store;
mod stores;
mod timezones;
mod tokens;
mod unsubscribe;
mod verify_email;
mod visitor;

use actix_web::web::{self, ServiceConfig};

use crate::routes;

/// Writes the table of pages: each address with its methods and handlers. The first address that fits is taken.
macro_rules! pages {
    ($($path:literal => { $($method:ident: $($handler:ident)::+),+ $(,)? })+) => {
        /// Registers every page.
        pub(crate) fn configure(config: &mut ServiceConfig) {
            $(
                let resource = web::resource($path)
                    $(.route(routes::method(stringify!($method)).to($($handler)::+)))+;
                routes::register(config, resource, &[$(stringify!($method)),+]);
            )+
        }
    };
}

pages! {
    "/" => { get: overview::home }
    "/account" => { get: account::show, post: account::update }
    "/account/verify" => { post: account::verify }
    "/billing" => { get: billing::show }
    "/billing/cancel" => { post: billing::cancel }
    "/billing/checkout" => { post: billing::checkout }
    "/billing/portal" => { post: billing::portal }
    "/forgot-password" => { get: password::forgot, post: password::send }
    "/imports" => { get: imports::list }
    "/imports/{id}" => { get: import::show }
    "/inventory" => { get: inventory::list }
    "/inventory/drafts" => { post: reorder::draft }
    "/inventory/reorder" => { get: reorder::show, post: reorder::start }
    "/jobs" => { get: jobs::list }
    "/jobs/{id}" => { get: job::show }
    "/jobs/{id}/cancel" => { post: job::cancel }
    "/jobs/{id}/retry" => { post: job::retry }
    "/login" => { get: login::show, post: login::submit }
    "/logout" => { post: logout::submit }
    "/orders" => { get: orders::list }
    "/orders/{id}" => { get: order::show }
    "/overview" => { get: overview::show }
    "/products" => { get: products::list }
    "/register" => { get: register::show, post: register::submit }
    "/report-schedules" => { get: report_schedules::list, post: report_schedules::create }
    "/report-schedules/{id}/delete" => { post: report_schedules::delete }
    "/report-schedules/{id}/hold" => { post: report_schedules::hold }
    "/reports" => { get: reports::list, post: report_form::create }
    "/reports/new" => { get: report_form::new }
    "/reports/{id}" => { get: report::show }
    "/reset-password/{token}" => { get: password::reset, post: password::replace }
    "/shared/{token}" => { get: shared::show }
    "/shared/{token}/report.csv" => { get: shared::file }
    "/static/{name}" => { get: assets::serve }
    "/stores" => { get: stores::list, post: stores::create }
    "/stores/new" => { get: stores::new }
    "/stores/{id}" => { get: store::show, post: store::update }
    "/stores/{id}/delete" => { post: store::delete }
    "/stores/{id}/import" => { get: imports::new }
    "/tokens" => { get: tokens::list, post: tokens::create }
    "/tokens/{id}/delete" => { post: tokens::delete }
    "/unsubscribe/{token}" => { get: unsubscribe::show, post: unsubscribe::submit }
    "/verify-email/{token}" => { get: verify_email::show, post: verify_email::submit }
}
