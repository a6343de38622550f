//! What the business means: ids, money, clock, errors, configuration, rules and job contracts.
//!
//! Knows no web framework, no database and no Redis: everything here can be tested with plain values.
#![warn(missing_docs)]

pub mod alert;
pub mod backup;
pub mod billing;
pub mod clock;
pub mod config;
pub mod credentials;
pub mod cron;
pub mod customer_key;
pub mod error;
mod file_columns;
pub mod goods_file;
pub mod id;
pub mod import;
pub mod inventory;
pub mod invoice_lines;
pub mod job;
pub mod job_limits;
pub mod jobs;
pub mod links;
pub mod mail;
pub mod merchandise;
pub mod money;
pub mod report;
pub mod report_schedule;
pub mod sales;
pub mod schedule;
pub mod schedules;
pub mod sealed;
pub mod shopify_orders;
pub mod store_time;
pub mod telemetry;
pub mod trace;
pub mod trial;

pub use error::{Error, Result};
