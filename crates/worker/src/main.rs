//! The worker process: runs the jobs of the queues that it is told to serve.

use clap::Parser;
use suite_core::{
    config::{Purpose, Settings},
    job::Queue,
    telemetry,
};
use suite_worker::runtime::run_until_stopped;
use tokio::signal::unix::{SignalKind, signal};

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
    // Two runtimes: a job that computes without awaiting must not hold up the lease.
    let layer = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("layer")
        .enable_all()
        .build()?;
    let jobs = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(settings.worker.concurrency.clamp(2, 8))
        .thread_name("jobs")
        .enable_all()
        .build()?;
    let stopped = layer.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        anyhow::Ok(run_until_stopped(&settings, queues, jobs.handle().clone(), stop).await?)
    });
    // A job that never awaits would hold the process for ever.
    jobs.shutdown_background();
    layer.shutdown_background();
    stopped
}
