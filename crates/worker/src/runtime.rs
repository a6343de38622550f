//! Runs jobs: the apalis workers over the job layer of `suite_queue`, and what a running job sees of the world.

mod alone;
mod check_ins;
mod context;
mod fault;
mod memory;
mod outcome;
mod probe;
mod process;
mod program;
mod progress;
mod registry;
mod run_job;
mod service;
mod watchdog;

pub use alone::{Alone, run_alone};
pub use context::JobContext;
pub use fault::JobError;
pub use process::{WorkerParts, WorkerProcess, run_until_stopped};
pub use program::{run_program, signalled};
pub use registry::{Kind, Registry};
pub use service::ServiceTurns;
