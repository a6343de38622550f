//! Breaks things on purpose and reads the history afterwards.
//!
//! A *plan* is made from a seed: the same seed gives the same faults and the same jobs. [`run`] carries it out with real
//! processes on a PostgreSQL and a Redis of its own; the *history* holds what was enqueued, started, effected and finished,
//! and says which promises of the job layer were broken.

mod api;
mod driver;
mod faults;
mod fleet;
mod history;
mod kinds;
mod load;
mod plan;
mod report;
mod tokens;

pub use driver::run;
pub use faults::Fault;
pub use kinds::{ChaosWork, ProcessAct, ProcessWork, process_kinds};
pub use plan::{Plan, Size};
pub use report::Report;
