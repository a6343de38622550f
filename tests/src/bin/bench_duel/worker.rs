use anyhow::Result;
use suite_core::{clock::Clock, config::Settings, job::Queue, telemetry};
use suite_db::Db;
use suite_queue::Broker;
use suite_worker::runtime::{Registry, WorkerParts, WorkerProcess};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    kind::{self, Marker},
    rival,
};

/// Works as `suite-worker` does, with one more kind of job, until SIGTERM.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    let _reports = telemetry::start(settings)?;
    telemetry::metrics_recorder()?;
    let layer = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let jobs = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let worked = layer.block_on(work(settings, jobs.handle().clone()));
    jobs.shutdown_background();
    layer.shutdown_background();
    worked
}

async fn work(settings: &Settings, executor: tokio::runtime::Handle) -> Result<()> {
    let marker = Marker(rival::connect(settings).await?);
    let db = Db::new(&settings.database, "suite-worker").await?;
    let parts = WorkerParts {
        queues: vec![Queue::Inventory],
        schedules: Vec::new(),
        kinds: Registry::of_program().with([kind::kind(marker)]),
        broker: Broker::new(&settings.redis, db.clone())?,
        db,
        clock: Clock::System,
        executor,
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let worker = WorkerProcess::start(settings, parts).await?;
    terminate.recv().await;
    worker.stop(std::time::Duration::from_millis(100)).await;
    Ok(())
}
