//! REST API and web pages: checks, writes, enqueues and answers; never does heavy work itself.

mod app;
mod client_address;
mod extract;
mod fields;
mod handlers;
mod idempotency;
mod limits;
mod middleware;
mod openapi;
mod pages;
mod passwords;
mod presence;
mod problem;
mod respond;
mod routes;
mod server;
mod service;
mod views;

pub use app::App;
pub use middleware::lock::is_open_when_locked;
pub use openapi::document;
pub use routes::TABLE as ROUTES;
pub use server::{Server, Stop};
