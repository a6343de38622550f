use std::future::Future;

use suite_core::{Error, Result, config::Settings, job::Queue};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
};

use super::{Registry, run_until_stopped};

/// Runs a whole worker program until SIGTERM or SIGINT.
///
/// # Errors
/// When the configuration cannot be used, or the worker has ended itself; its exit code must then not be 0.
pub fn run_program(settings: &Settings, queues: Vec<Queue>, kinds: Registry) -> Result<()> {
    // Two runtimes: a job that computes without awaiting must not hold up the lease.
    let layer = runtime("layer", 2)?;
    let jobs = runtime("jobs", settings.worker.concurrency.clamp(2, 8))?;
    let stopped = layer.block_on(async {
        let stop = signalled()?;
        run_until_stopped(settings, queues, kinds, jobs.handle().clone(), stop).await
    });
    // A job that never awaits would hold the process for ever.
    jobs.shutdown_background();
    layer.shutdown_background();
    stopped
}

fn runtime(name: &str, threads: usize) -> Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name(name)
        .enable_all()
        .build()
        .map_err(Error::internal)
}

/// Listens from now on, and resolves at the first SIGTERM or SIGINT.
///
/// # Errors
/// When signals cannot be heard.
pub fn signalled() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
