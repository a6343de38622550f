//! The API as a client sees it: what all routes promise, and what single ones do.

mod access;
mod bodies;
mod conditions;
mod cron;
mod events;
mod health;
mod idempotency;
mod limits;
mod operation;
mod ops;
mod pages;
mod reading;
mod refusals;
mod sight;
mod uploads;
