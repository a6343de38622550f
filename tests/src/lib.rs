//! The harness of the integration tests: every test has its own database, its own Redis keys and its own server.
//!
//! ```no_run
//! # async fn example() {
//! use serde_json::json;
//! use suite_tests::TestApp;
//!
//! let app = TestApp::new().await;
//! let merchant = app.account().await;
//! let store = json!({"name": "Corner shop", "currency": "GBP", "timezone": "Europe/London", "platform": "manual"});
//! merchant.post("/v1/stores", &store).await.expect(201);
//! app.run_jobs().await;
//! # }
//! ```
//!
//! The servers are those of `DATABASE_URL` and `REDIS_URL`, which `bin/test` starts and names.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "whatever goes wrong in the harness fails the test that uses it"
)]

mod app;
mod aside;
mod bucket;
pub mod chaos;
mod client;
mod database;
mod dice;
mod ghost;
mod history;
mod job_kinds;
mod jobs;
mod mail;
mod memory;
pub mod month;
mod movable_clock;
mod own_servers;
mod process;
mod proxy;
mod real_data;
mod redis_space;
mod sendgrid;
mod servers;
mod smtp;
mod stripe;
mod wait;
mod worker;

pub use app::{Lines, TestApp};
pub use bucket::TestBucket;
pub use client::{Answer, Client, with_json};
pub use database::TestDb;
pub use dice::Dice;
pub use ghost::GhostWorker;
pub use history::finished_jobs;
pub use job_kinds::{Act, Gate, LowAct, PlainAct, ReportAct, UrgentAct, test_kinds};
pub use memory::{Memory, memory_kib};
pub use own_servers::OwnServers;
pub use process::{TestProcess, free_address, program};
pub use proxy::Proxy;
pub use real_data::{real_invoices, shopify_export};
pub use redis_space::RedisSpace;
pub use sendgrid::WebhookKey;
pub use servers::Servers;
pub use smtp::{SmtpFault, SmtpMessage, SmtpServer};
pub use stripe::{Payer, StripeFault, StripeStandIn, WEBHOOK_SECRET, stripe_settings};
pub use wait::{PATIENCE, until, until_some};
/// A small file of invoice lines: a sale, a return, a movement of stock, and a row that is rejected.
pub const INVOICE_LINES: &str = include_str!("invoice_lines.csv");

pub use worker::{HeldJob, TestWorker, WorkerSetup};
