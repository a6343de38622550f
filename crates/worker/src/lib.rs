//! Worker processes and the operator's command line.

mod jobs;
pub mod runtime;
