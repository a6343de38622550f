//! Worker processes and the operator's command line.

pub mod backup;
pub mod cli;
pub mod demo;
mod import;
mod jobs;
mod mail;
pub mod runtime;
mod s3;
