//! The one test program: everything that takes a database, a server or a worker. Rules are tested beside their code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails where something is not as it must be"
)]
#![allow(
    clippy::print_stdout,
    reason = "a test that lacks its data says so where the reader of the run sees it"
)]

mod cli;
mod faults;
mod imports;
mod jobs;
mod reports;
mod routes;
mod security;
mod web_pages;
