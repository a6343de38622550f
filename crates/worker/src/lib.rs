//! Worker processes and the operator's command line.

pub mod cli;
pub mod demo;
mod import;
mod jobs;
mod mail;
pub mod runtime;
