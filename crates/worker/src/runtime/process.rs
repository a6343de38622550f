use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use apalis::prelude::{Data, WorkerBuilder};
use apalis_core::worker::context::WorkerContext;
use suite_core::{
    Error, Result, clock::Clock, config::Settings, job::Queue, schedule::Schedule, schedules,
    telemetry::host_name,
};
use suite_db::Db;
use suite_queue::{Broker, Cache, Claimed, ClaimedBackend, JobWorker, Services, WorkerOptions};
use suite_stripe::Stripe;
use tokio::{
    runtime::Handle,
    task::{JoinError, JoinHandle},
};

use super::{
    Registry, memory,
    probe::{self, Probed},
    run_job, watchdog,
};
use crate::mail::Transport;

/// How long a job waits for a free connection, in milliseconds.
const JOB_PATIENCE_MS: u64 = 10_000;
/// After the memory limit, running jobs get this long to end by themselves: the memory may go on growing.
const OUTGROWN_GRACE: Duration = Duration::from_secs(5);

/// What every job of a process shares.
pub(crate) struct Runtime {
    pub(crate) db: Db,
    pub(crate) broker: Broker,
    pub(crate) clock: Clock,
    pub(crate) kinds: Registry,
    pub(crate) services: Services,
    pub(crate) cache: Cache,
    pub(crate) settings: Arc<Settings>,
    /// How mails leave, if they may.
    pub(crate) mail: Option<Transport>,
    /// Stripe, if payments are set up.
    pub(crate) stripe: Option<Stripe>,
    /// Where jobs run, apart from the tasks that keep the lease.
    executor: Handle,
}

impl Runtime {
    pub(crate) fn new(
        settings: &Settings,
        (db, broker): (Db, Broker),
        clock: Clock,
        kinds: Registry,
        executor: Handle,
    ) -> Result<Self> {
        Ok(Self {
            services: broker.services(&settings.jobs),
            cache: broker.cache(&settings.cache),
            settings: Arc::new(settings.clone()),
            mail: Transport::of(&settings.mail)?,
            stripe: Stripe::of(&settings.billing)?,
            db,
            broker,
            clock,
            kinds,
            executor,
        })
    }
}

/// What a worker process is made of.
pub struct WorkerParts {
    /// The queues to serve.
    pub queues: Vec<Queue>,
    /// The kinds of job it can run.
    pub kinds: Registry,
    /// The fleet's schedules.
    pub schedules: Vec<Schedule>,
    /// PostgreSQL.
    pub db: Db,
    /// Redis.
    pub broker: Broker,
    /// The clock of the business.
    pub clock: Clock,
    /// Where jobs run, apart from the tasks that keep the lease: a job that never awaits holds up no heartbeat.
    pub executor: Handle,
}

/// A started worker: the job layer, and an apalis worker for each queue.
pub struct WorkerProcess {
    jobs: JobWorker,
    workers: Vec<(WorkerContext, JoinHandle<()>)>,
    watched: Watched,
}

/// Ends the watchdog when the worker ends, in whatever way.
struct Watched(Arc<AtomicBool>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl WorkerProcess {
    /// Starts serving the queues.
    ///
    /// # Errors
    /// When the settings for mail make no sense, or leave no queue to serve.
    pub async fn start(settings: &Settings, parts: WorkerParts) -> Result<Self> {
        let WorkerParts {
            queues,
            kinds,
            schedules,
            db,
            broker,
            clock,
            executor,
        } = parts;
        let runtime = Runtime::new(
            settings,
            (db.clone(), broker.clone()),
            clock,
            kinds,
            executor,
        )
        .map(Arc::new)?;
        let queues = with_means(queues, runtime.mail.is_some())?;
        let options = options(settings, queues, &runtime.kinds, schedules);
        let jobs = JobWorker::start(db.clone(), broker.clone(), options).await?;
        let probed = Probed {
            pulse: jobs.pulse().clone(),
            broker,
            db,
            patience: Duration::from_secs(settings.worker.stuck_seconds),
        };
        let workers = jobs
            .take_backends()
            .into_iter()
            .map(|(queue, backend)| serve(queue, backend, runtime.clone()))
            .collect();
        let patience = Duration::from_secs(settings.worker.stuck_seconds);
        if let Ok(address) = settings.worker.metrics_addr.parse::<SocketAddr>() {
            tokio::spawn(async move {
                if let Err(error) = probe::serve(address, probed).await {
                    tracing::error!(%error, %address, "probes cannot be answered");
                }
            });
        }
        let is_over = Arc::new(AtomicBool::new(false));
        watchdog::start(jobs.pulse().clone(), patience, Arc::clone(&is_over));
        Ok(Self {
            jobs,
            workers,
            watched: Watched(is_over),
        })
    }

    /// Returns the job layer, for tests and probes.
    #[must_use]
    pub fn jobs(&self) -> &JobWorker {
        &self.jobs
    }

    /// Stops in order: no new jobs at once; running ones get `grace`; what is left is handed back with its attempt refunded.
    pub async fn stop(mut self, grace: Duration) {
        self.jobs.stop_fetching().await;
        if !self.jobs.drain(grace).await {
            tracing::error!(
                "some jobs did not stop; they are taken from this worker when its lease ends"
            );
        }
        self.sign_off().await;
    }

    /// Stops as if it had crashed, but lets jobs end that do so soon. What still runs then is taken from this worker when
    /// its lease ends, and counts a crash: one of these jobs has brought it down.
    pub async fn abandon(mut self, grace: Duration) {
        self.jobs.stop_fetching().await;
        self.jobs.wait_until_idle(grace).await;
        let left = self.jobs.running().count();
        tracing::error!(
            jobs = left,
            "running jobs are abandoned; each counts a crash"
        );
        self.sign_off().await;
    }

    async fn sign_off(self) {
        for (context, worker) in self.workers {
            // Refused only when it has stopped already.
            let _ = context.stop();
            let _ = tokio::time::timeout(Duration::from_secs(1), worker).await;
        }
        self.jobs.sign_off().await;
        drop(self.watched);
    }
}

/// Returns how a worker of `queues` works with these settings.
pub(crate) fn options(
    settings: &Settings,
    queues: Vec<Queue>,
    kinds: &Registry,
    schedules: Vec<Schedule>,
) -> WorkerOptions {
    WorkerOptions {
        queues,
        concurrency: settings.worker.concurrency,
        share_slots: settings.worker.share_slots,
        lease: Duration::from_secs(settings.worker.lease_seconds),
        keeper_interval: Duration::from_millis(settings.worker.keeper_interval_ms),
        retention: settings.retention.clone(),
        limits: settings.jobs.limits(),
        kinds: kinds.terms(),
        schedules,
        host: host_name(),
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Leaves out the queue whose work needs what is not configured: its jobs wait, unharmed, for a process that can do them.
fn with_means(mut queues: Vec<Queue>, can_mail: bool) -> Result<Vec<Queue>> {
    if !can_mail && queues.contains(&Queue::Email) {
        queues.retain(|queue| *queue != Queue::Email);
        if queues.is_empty() {
            return Err(Error::invalid(
                "SENDGRID_API_KEY",
                "is not set, nor SMTP_URL: no mail can be sent, and this worker serves nothing else",
            ));
        }
        tracing::warn!(
            "mails wait: neither SENDGRID_API_KEY nor SMTP_URL is set, so the queue email is not served"
        );
    }
    Ok(queues)
}

/// Starts the apalis worker of one queue.
fn serve(
    queue: Queue,
    backend: ClaimedBackend,
    runtime: Arc<Runtime>,
) -> (WorkerContext, JoinHandle<()>) {
    let context = WorkerContext::new(queue.name());
    let worker = WorkerBuilder::new(context.clone())
        .backend(backend)
        .data(runtime)
        .build(handle);
    let running = tokio::spawn(async move {
        // The backend cannot fail, so this ends with the process only.
        if let Err(error) = worker.run().await {
            tracing::error!(%queue, %error, "the apalis worker ended");
        }
    });
    (context, running)
}

/// Runs a job on the executor. A panic of the job is caught further in; one of ours drops the claim, which hands it back.
async fn handle(claimed: Claimed, runtime: Data<Arc<Runtime>>) -> Result<(), JoinError> {
    let executor = runtime.executor.clone();
    executor.spawn(run_job::run(claimed, runtime.0)).await
}

/// Runs a worker process until `stop` resolves.
///
/// # Errors
/// When the configuration cannot be used, or the process has outgrown its memory limit.
pub async fn run_until_stopped(
    settings: &Settings,
    queues: Vec<Queue>,
    kinds: Registry,
    executor: Handle,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let mut database = settings.database.clone();
    // A job can wait for a free connection; only a web request must not.
    database.acquire_timeout_ms = database.acquire_timeout_ms.max(JOB_PATIENCE_MS);
    let db = Db::new(&database, "suite-worker")
        .await
        .map_err(Error::from)?;
    let broker = Broker::new(&settings.redis, db.clone())?;
    let parts = WorkerParts {
        queues: queues.clone(),
        kinds,
        schedules: schedules::fleet()?,
        db,
        broker,
        clock: Clock::System,
        executor,
    };
    let starting = WorkerProcess::start(settings, parts);
    tokio::pin!(stop);
    let worker = tokio::select! {
        worker = starting => worker?,
        // Asked to stop while still waiting for the database.
        () = &mut stop => return Ok(()),
    };
    let names: Vec<&str> = queues.iter().map(|queue| queue.name()).collect();
    tracing::info!(queues = names.join(","), "working");
    tokio::select! {
        () = &mut stop => {}
        size = memory::outgrown(settings.worker.memory_limit_mib) => {
            let limit = settings.worker.memory_limit_mib;
            tracing::error!(size_mib = size, limit_mib = limit, "the worker outgrew its memory limit and ends itself");
            worker.abandon(OUTGROWN_GRACE).await;
            let reason = format!("the worker outgrew its memory limit: {size} MiB of {limit} MiB");
            return Err(Error::internal(reason));
        }
    }
    tracing::info!("stopping; running jobs may end");
    worker
        .stop(Duration::from_secs(settings.worker.shutdown_seconds))
        .await;
    tracing::info!("stopped");
    Ok(())
}
