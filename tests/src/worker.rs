use std::time::Duration;

use suite_core::{
    config::Settings,
    id::AccountId,
    job::{JobRef, Queue},
    schedule::Schedule,
};
use suite_db::Db;
use suite_queue::{Broker, JobWorker};
use suite_worker::runtime::{Registry, WorkerParts, WorkerProcess};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::{Act, Gate, PlainAct, TestApp, test_kinds};

/// What a worker of a test is made of; change what the test is about.
pub struct WorkerSetup {
    /// The queues it serves.
    pub queues: Vec<Queue>,
    /// The kinds of job it knows: by default those of the program and those of the harness.
    pub kinds: Registry,
    /// The fleet's schedules: by default none, so that no tick comes in between.
    pub schedules: Vec<Schedule>,
    /// Its settings.
    pub settings: Settings,
}

/// A worker inside the test's process, on a runtime of its own, so that it can die like a process.
pub struct TestWorker {
    process: Option<WorkerProcess>,
    runtime: Option<Runtime>,
}

impl TestApp {
    /// Returns what a worker of `queues` is made of.
    #[must_use]
    pub fn worker_setup(&self, queues: &[Queue]) -> WorkerSetup {
        WorkerSetup {
            queues: queues.to_vec(),
            kinds: Registry::of_program().with(test_kinds()),
            schedules: Vec::new(),
            settings: self.settings.clone(),
        }
    }

    /// Starts a worker of `queues`.
    pub async fn worker(&self, queues: &[Queue]) -> TestWorker {
        self.start_worker(self.worker_setup(queues)).await
    }

    /// Starts a worker that the test has changed.
    pub async fn start_worker(&self, setup: WorkerSetup) -> TestWorker {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("test-worker")
            .enable_all()
            .build()
            .expect("a runtime can be built");
        let (clock, executor) = (self.clock.clone(), runtime.handle().clone());
        let starting = runtime.spawn(async move {
            let settings = setup.settings;
            let db = Db::new(&settings.database, "suite-worker").await.unwrap();
            let broker = Broker::new(&settings.redis, db.clone()).unwrap();
            let parts = WorkerParts {
                queues: setup.queues,
                kinds: setup.kinds,
                schedules: setup.schedules,
                db,
                broker,
                clock,
                executor,
            };
            WorkerProcess::start(&settings, parts).await.unwrap()
        });
        let process = starting.await.expect("the worker must start");
        TestWorker {
            process: Some(process),
            runtime: Some(runtime),
        }
    }
}

impl TestWorker {
    /// Returns the job layer.
    ///
    /// # Panics
    /// Never: only `stop` and `crash` take it, and they end the value.
    #[must_use]
    pub fn jobs(&self) -> &JobWorker {
        self.process.as_ref().expect("a live worker").jobs()
    }

    /// Stops it in order; running jobs get ten seconds.
    pub async fn stop(self) {
        self.stop_within(Duration::from_secs(10)).await;
    }

    /// Stops it in order; running jobs get `grace` before they are handed back.
    pub async fn stop_within(mut self, grace: Duration) {
        let (Some(process), Some(runtime)) = (self.process.take(), self.runtime.take()) else {
            return;
        };
        let stopping = runtime.spawn(process.stop(grace));
        stopping.await.expect("the worker must stop");
        runtime.shutdown_background();
    }

    /// Ends it at once, in the middle of everything, without a word to anybody.
    pub fn crash(self) {
        // Dropping does it.
    }
}

impl Drop for TestWorker {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A job that a worker is running, held by its gate until the test lets it through.
pub struct HeldJob {
    /// Which job.
    pub job: JobRef,
    /// What holds it.
    pub gate: Gate,
    /// Who runs it.
    pub worker: TestWorker,
}

impl TestApp {
    /// Starts a worker and a job of an account in it, and returns when the job is running.
    pub async fn held_job(&self, account_id: AccountId) -> HeldJob {
        self.held(account_id, Act::Wait).await
    }

    /// Like [`TestApp::held_job`], with a job that pays no heed to being stopped.
    pub async fn stubborn_job(&self, account_id: AccountId) -> HeldJob {
        self.held(account_id, Act::WaitStubbornly).await
    }

    async fn held(&self, account_id: AccountId, act: fn(Uuid) -> Act) -> HeldJob {
        let gate = Gate::shut();
        let job = self
            .enqueue(account_id, &PlainAct::new(act(gate.id())))
            .await;
        let worker = self.worker(&[Queue::Inventory]).await;
        gate.wait_for_entries(1).await;
        HeldJob { job, gate, worker }
    }
}
