use std::{
    collections::{BTreeSet, HashSet},
    future::Future,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use suite_core::{
    Result,
    config::RetentionConfig,
    id::{AccountId, JobId, WorkerId},
    job::{JobTerms, Queue},
    job_limits::ConcurrencyLimits,
    schedule::Schedule,
    schedules::REVISION,
};
use suite_db::{
    Db, DbError, DbResult,
    jobs::workers::{self, WorkerCard},
    schedules,
};
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Broker, ClaimedBackend, Pulse, Running, StopReason, due,
    fetcher::Fetcher,
    finisher::{self, Ending, Inbox},
    keeper, lease, slots,
    supervise::supervise,
};

/// How a worker process works.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// What it serves.
    pub queues: Vec<Queue>,
    /// Jobs at a time in each queue.
    pub concurrency: usize,
    /// Whether all queues together have only so many.
    pub share_slots: bool,
    /// For how long it counts as alive after a beat.
    pub lease: Duration,
    /// How often the keeper looks round.
    pub keeper_interval: Duration,
    /// How long finished jobs are kept.
    pub retention: RetentionConfig,
    /// How many jobs may run at a time in the fleet.
    pub limits: ConcurrencyLimits,
    /// The kinds of job that this program knows.
    pub kinds: Vec<JobTerms>,
    /// The fleet's schedules as this program has them.
    pub schedules: Vec<Schedule>,
    /// The machine, for people.
    pub host: String,
    /// The program's version.
    pub version: &'static str,
}

impl WorkerOptions {
    /// Returns how many jobs may run at a time in the process.
    fn slots(&self) -> usize {
        if self.share_slots {
            self.concurrency
        } else {
            self.concurrency * self.queues.len()
        }
    }
}

/// What went wrong in the job layer; every task of it waits and tries again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LayerError {
    #[error("Redis: {0}")]
    Redis(#[from] redis::RedisError),
    #[error("database: {0}")]
    Database(#[from] DbError),
}

/// Gives a statement of the job layer so long; a server that hangs is met like one that is away.
pub(crate) async fn within<T>(statement: impl Future<Output = DbResult<T>>) -> DbResult<T> {
    tokio::time::timeout(Duration::from_secs(6), statement)
        .await
        .unwrap_or_else(|_| Err(DbError::Pool("no answer in time".to_owned())))
}

/// Who this worker is at the moment: after a lost lease it is somebody else.
#[derive(Clone)]
pub(crate) struct Identity(Arc<RwLock<WorkerCard>>);

impl Identity {
    pub(crate) fn current(&self) -> WorkerId {
        self.0.read().unwrap_or_else(PoisonError::into_inner).id
    }

    pub(crate) fn renew(&self) -> WorkerCard {
        let mut card = self.0.write().unwrap_or_else(PoisonError::into_inner);
        card.id = WorkerId::new();
        card.clone()
    }
}

/// What the tasks of the job layer share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) broker: Broker,
    pub(crate) identity: Identity,
    pub(crate) running: Running,
    pub(crate) finisher: mpsc::UnboundedSender<Ending>,
    /// Takes the keys under which slots have become free.
    pub(crate) freed: mpsc::UnboundedSender<Vec<String>>,
    /// With what the operator has steered.
    pub(crate) limits: watch::Sender<Arc<ConcurrencyLimits>>,
    pub(crate) kinds: Vec<JobTerms>,
    pub(crate) known_kinds: Vec<&'static str>,
    pub(crate) lease: Duration,
    pub(crate) pulse: Pulse,
    pub(crate) paused: watch::Sender<HashSet<Queue>>,
    /// Whether this worker keeps the house.
    pub(crate) keeping: watch::Sender<bool>,
    /// No new jobs.
    pub(crate) stop: CancellationToken,
    /// No more ends to write than those that have come.
    pub(crate) finishing_over: CancellationToken,
    /// No more beats: everything has ended.
    pub(crate) lease_over: CancellationToken,
    sweep: Arc<AtomicBool>,
}

impl Shared {
    pub(crate) fn is_paused(&self, queue: Queue) -> bool {
        self.paused.borrow().contains(&queue)
    }

    pub(crate) fn sweep_wanted(&self) {
        self.sweep.store(true, Ordering::Release);
        // The keeper may be another process.
        let broker = self.broker.clone();
        tokio::spawn(async move { broker.request_sweep().await });
    }

    pub(crate) fn take_sweep_wanted(&self) -> bool {
        self.sweep.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn announce_later(&self, jobs: Vec<(AccountId, JobId)>) {
        if !jobs.is_empty() {
            let broker = self.broker.clone();
            tokio::spawn(async move { broker.announce_all(&jobs).await });
        }
    }
}

/// The job layer of a worker process: background tasks that fill one apalis backend a queue.
pub struct JobWorker {
    shared: Shared,
    backends: Mutex<Vec<(Queue, ClaimedBackend)>>,
    fetchers: Vec<JoinHandle<()>>,
    finisher: JoinHandle<()>,
}

impl JobWorker {
    /// Enters the worker in the database and starts its tasks. Waits for a database that is away.
    ///
    /// # Errors
    /// None that passes by itself is returned.
    pub async fn start(db: Db, broker: Broker, options: WorkerOptions) -> Result<Self> {
        let card = WorkerCard {
            id: WorkerId::new(),
            name: name(&options),
            host: options.host.clone(),
            pid: std::process::id(),
            version: options.version,
            queues: options.queues.clone(),
            concurrency: options.slots(),
        };
        let paused = register(&db, &card, &options).await?;
        let (finish_sender, finish_receiver) = mpsc::unbounded_channel();
        let (freed_sender, freed_receiver) = mpsc::unbounded_channel();
        let shared = Shared {
            db,
            broker,
            identity: Identity(Arc::new(RwLock::new(card))),
            running: Running::default(),
            finisher: finish_sender,
            freed: freed_sender,
            limits: watch::Sender::new(Arc::new(options.limits.clone())),
            known_kinds: options.kinds.iter().map(|terms| terms.name).collect(),
            kinds: options.kinds.clone(),
            lease: options.lease,
            pulse: Pulse::default(),
            paused: watch::Sender::new(paused),
            keeping: watch::Sender::new(false),
            stop: CancellationToken::new(),
            finishing_over: CancellationToken::new(),
            lease_over: CancellationToken::new(),
            sweep: Arc::default(),
        };
        let freed = Arc::new(tokio::sync::Mutex::new(slots::Inbox {
            receiver: freed_receiver,
            keys: BTreeSet::new(),
        }));
        let handing_on = shared.clone();
        supervise("slots", move || {
            slots::run(handing_on.clone(), freed.clone())
        });
        Ok(Self::start_tasks(shared, &options, finish_receiver))
    }

    fn start_tasks(
        shared: Shared,
        options: &WorkerOptions,
        receiver: mpsc::UnboundedReceiver<Ending>,
    ) -> Self {
        let (mut backends, mut fetchers) = (Vec::new(), Vec::new());
        // A queue takes slots only while it has jobs, and waits its turn: the semaphore is fair.
        let slots = || Arc::new(Semaphore::new(options.concurrency));
        let shared_slots = options.share_slots.then(slots);
        for queue in &options.queues {
            let (sender, receiver) = mpsc::channel(options.concurrency);
            let fetcher = Arc::new(Fetcher {
                shared: shared.clone(),
                queue: *queue,
                concurrency: options.concurrency,
                slots: shared_slots.clone().unwrap_or_else(slots),
                sender,
            });
            fetchers.push(supervise("fetcher", move || {
                let fetcher = Arc::clone(&fetcher);
                async move { fetcher.run().await }
            }));
            backends.push((*queue, ClaimedBackend::new(receiver)));
        }
        let inbox = Arc::new(tokio::sync::Mutex::new(Inbox::new(receiver)));
        let finishing = shared.clone();
        let finisher = supervise("finisher", move || {
            finisher::run(finishing.clone(), inbox.clone())
        });
        let (leasing, configured) = (shared.clone(), options.limits.clone());
        supervise("lease", move || {
            lease::run(leasing.clone(), configured.clone())
        });
        let (timing, interval) = (shared.clone(), options.keeper_interval);
        supervise("due", move || due::run(timing.clone(), interval));
        let (keeping, interval, retention) = (
            shared.clone(),
            options.keeper_interval,
            options.retention.clone(),
        );
        supervise("keeper", move || {
            keeper::run(keeping.clone(), interval, retention.clone())
        });
        Self {
            shared,
            backends: Mutex::new(backends),
            fetchers,
            finisher,
        }
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Hands over the backends, one a queue, for the apalis workers. The second call gets none.
    #[must_use]
    pub fn take_backends(&self) -> Vec<(Queue, ClaimedBackend)> {
        std::mem::take(&mut *self.backends.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the jobs that are running.
    #[must_use]
    pub fn running(&self) -> &Running {
        &self.shared.running
    }

    /// Returns when each task last came round.
    #[must_use]
    pub fn pulse(&self) -> &Pulse {
        &self.shared.pulse
    }

    /// Returns the queues that this worker knows to be paused.
    #[must_use]
    pub fn paused_queues(&self) -> Vec<Queue> {
        self.shared.paused.borrow().iter().copied().collect()
    }

    /// Returns the limits that this worker knows, with what the operator has steered.
    #[must_use]
    pub fn limits(&self) -> Arc<ConcurrencyLimits> {
        self.shared.limits.borrow().clone()
    }

    /// Stops claiming at once; running jobs go on.
    pub async fn stop_fetching(&mut self) {
        self.shared.stop.cancel();
        for fetcher in &mut self.fetchers {
            // A fetcher that hangs in a dead connection is not waited for.
            let _ = tokio::time::timeout(Duration::from_secs(2), fetcher).await;
        }
    }

    /// Waits for running jobs, for `grace` at most; then they are asked to stop and get a moment to obey.
    ///
    /// Returns whether all ended by themselves.
    pub async fn drain(&self, grace: Duration) -> bool {
        if self.wait_until_idle(grace).await {
            return true;
        }
        tracing::warn!(
            jobs = self.shared.running.count(),
            "running jobs are stopped and handed back"
        );
        self.shared.running.stop_all(StopReason::Shutdown);
        self.wait_until_idle(Duration::from_secs(3)).await
    }

    /// Waits until nothing runs, for `patience` at most; returns whether that came.
    pub async fn wait_until_idle(&self, patience: Duration) -> bool {
        let deadline = tokio::time::Instant::now() + patience;
        while self.shared.running.count() > 0 {
            if tokio::time::Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        true
    }

    /// Writes what has ended, ends the lease and signs off. Call it when the apalis workers have ended.
    pub async fn sign_off(self) {
        let Self {
            shared, finisher, ..
        } = self;
        let abort = finisher.abort_handle();
        shared.finishing_over.cancel();
        if tokio::time::timeout(Duration::from_secs(3), finisher)
            .await
            .is_err()
        {
            // The database is away: the lease will end and the jobs run again.
            abort.abort();
            tracing::error!("the ends of some jobs could not be written; they will run again");
        }
        shared.lease_over.cancel();
        let signed_off = async {
            let mut connection = shared.db.fleet_connection().await?;
            workers::sign_off(&mut connection, shared.identity.current()).await
        };
        if let Err(error) = within(signed_off).await {
            tracing::warn!(%error, "the worker could not sign off; its lease will end");
        }
    }
}

fn name(options: &WorkerOptions) -> String {
    let queues: Vec<&str> = options.queues.iter().map(|queue| queue.name()).collect();
    format!(
        "{}@{}:{}",
        queues.join("+"),
        options.host,
        std::process::id()
    )
}

/// Enters the worker and brings the fleet's schedules up to this program. Returns which queues are paused: a new worker must
/// not begin with what the operator has stopped.
async fn register(db: &Db, card: &WorkerCard, options: &WorkerOptions) -> DbResult<HashSet<Queue>> {
    let mut failures = 0;
    loop {
        let registered = async {
            let mut connection = db.fleet_connection().await?;
            let mut tx = db.account(AccountId::OPERATOR).await?;
            schedules::reconcile(&mut tx, &options.schedules, REVISION).await?;
            tx.commit().await?;
            workers::register(&mut connection, card, options.lease).await?;
            let paused = workers::paused_queues(&mut connection).await?;
            Ok(paused.into_iter().collect())
        };
        match within(registered).await {
            Err(error) if error.is_transient() => {
                if failures == 0 {
                    tracing::warn!(%error, "the worker waits for the database");
                }
                failures += 1;
                tokio::time::sleep(crate::supervise::patience(failures)).await;
            }
            outcome => return outcome,
        }
    }
}
