//! The one test program: everything that takes a database, a server or a worker. Rules are tested beside their code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test fails where something is not as it must be, and says so where it lacks its data"
)]

mod backups;
mod billing;
mod cache;
mod chaos;
mod cli;
mod deploy;
mod faults;
mod imports;
mod inventory;
mod jobs;
mod mail;
mod monitor;
mod month;
mod named_tests;
mod plans;
mod reports;
mod routes;
mod schedules;
mod security;
mod web_pages;
