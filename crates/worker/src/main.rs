//! The worker process: runs the jobs of the queues that it is told to serve.

use clap::Parser;
use suite_core::{
    config::{Purpose, Settings},
    job::Queue,
    telemetry,
};
use suite_worker::runtime::{Registry, run_program};

/// Runs background jobs. Settings come from the environment; see the README.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The queues to serve, with commas between; all when left out.
    #[arg(long = "queue", value_delimiter = ',')]
    queues: Vec<Queue>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    // The one provider of cryptography; a second call is refused and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings::from_environment(Purpose::Worker)?;
    let _reports = telemetry::start(&settings)?;
    telemetry::metrics_recorder()?;
    let queues = match arguments.queues.as_slice() {
        [] => settings.worker.served_queues(),
        named => named.to_vec(),
    };
    Ok(run_program(&settings, queues, Registry::of_program())?)
}
