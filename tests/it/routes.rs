//! The API as a client sees it: what all routes promise, and what single ones do.

mod access;
mod bodies;
mod conditions;
mod health;
mod idempotency;
mod pages;
mod refusals;
