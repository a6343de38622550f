//! Files, read back as their readers read them.
#![allow(
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

mod pdf;
mod sample;
mod xlsx;
