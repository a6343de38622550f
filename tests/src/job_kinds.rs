//! Kinds of job that only tests know: their arguments say how they behave.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use suite_core::{
    Error,
    id::JobId,
    job::{Backoff, Job, NewJob, Priority, Queue},
};
use suite_db::jobs;
use suite_worker::runtime::{JobContext, JobError, Kind};
use tokio::sync::watch;
use uuid::Uuid;

use crate::until;

/// How a job of a test behaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Succeeds at once.
    Succeed,
    /// Enters itself at the gate with this id, and waits there until it opens; heeds being stopped.
    Wait(Uuid),
    /// Like [`Act::Wait`], but pays no heed.
    WaitStubbornly(Uuid),
    /// Enters itself at the gate and panics.
    Panic(Uuid),
    /// Enters itself at the gate and fails until this attempt, with which it succeeds.
    FailUntil(Uuid, i16),
    /// Fails for good.
    Discard,
    /// Writes its own end.
    FinishItself,
    /// Adds a job that succeeds to its batch.
    AddToBatch,
    /// Takes a turn at this outside service, and enters itself at the gate.
    Take(Uuid, String),
    /// Takes a turn at this outside service and enters itself at the gate; the first to enter closes the service for a moment.
    CloseFirst(Uuid, String),
}

macro_rules! kinds_of_test {
    ($($(#[$doc:meta])* $name:ident $wire:literal $queue:ident $priority:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub struct $name {
                /// How it behaves.
                pub act: Act,
                /// What makes it the same as another.
                pub unique_key: Option<String>,
            }

            impl $name {
                /// Makes one that behaves so.
                #[must_use]
                pub fn new(act: Act) -> Self {
                    Self { act, unique_key: None }
                }
            }

            impl Job for $name {
                const NAME: &'static str = $wire;
                const QUEUE: Queue = Queue::$queue;
                const MAX_ATTEMPTS: u16 = 3;
                const TIMEOUT: Duration = Duration::from_secs(50);
                const BACKOFF: Backoff = Backoff {
                    first: Duration::from_millis(100),
                    longest: Duration::from_millis(400),
                };
                const PRIORITY: Priority = Priority::$priority;

                fn unique_key(&self) -> Option<String> {
                    self.unique_key.clone()
                }
            }
        )*

        /// The kinds of job that only tests know, for the registry of a worker.
        #[must_use]
        pub fn test_kinds() -> Vec<Kind> {
            vec![$(Kind::new(|job: $name, context| perform(job.act, context))),*]
        }
    };
}

kinds_of_test! {
    /// A job of the usual urgency.
    PlainAct "test_plain" Inventory Normal;
    /// A job for which somebody waits.
    UrgentAct "test_urgent" Inventory High;
    /// A job that can wait.
    LowAct "test_low" Inventory Low;
    /// A job of another queue.
    ReportAct "test_report" Reports Normal;
}

async fn perform(act: Act, context: JobContext) -> Result<Value, JobError> {
    match act {
        Act::Succeed => {}
        Act::Wait(gate) => Gate::with_id(gate).pass(&context).await?,
        Act::WaitStubbornly(gate) => {
            let gate = Gate::with_id(gate);
            gate.enter(&context);
            gate.opened().await;
        }
        Act::Panic(gate) => {
            Gate::with_id(gate).enter(&context);
            panic!("as it was told");
        }
        Act::FailUntil(gate, attempt) => {
            Gate::with_id(gate).enter(&context);
            if context.attempt() < attempt {
                return Err(JobError::Retry(Error::internal("as it was told")));
            }
        }
        Act::Discard => return Err(JobError::Discard(Error::internal("as it was told"))),
        Act::FinishItself => {
            let result = json!({"attempt": context.attempt()});
            let mut tx = context.db().account(context.account_id()).await?;
            context.finish(&mut tx, &result).await?;
            tx.commit().await?;
        }
        Act::AddToBatch => add_to_batch(&context).await?,
        Act::Take(gate, service) => {
            context.service(&service).take(1).await?;
            Gate::with_id(gate).enter(&context);
        }
        Act::CloseFirst(gate, service) => {
            let (gate, service) = (Gate::with_id(gate), context.service(&service));
            service.take(1).await?;
            gate.enter(&context);
            if gate.entries().len() == 1 {
                return Err(service.close_for(Duration::from_millis(300)).await);
            }
        }
    }
    Ok(json!({"attempt": context.attempt()}))
}

async fn add_to_batch(context: &JobContext) -> Result<(), JobError> {
    let Some(batch_id) = context.batch_id() else {
        return Err(JobError::Discard(Error::internal("it is in no batch")));
    };
    let new = NewJob::new(context.account_id(), &PlainAct::new(Act::Succeed))?.in_batch(batch_id);
    let mut tx = context.db().account(context.account_id()).await?;
    context.fence(&mut tx).await?;
    let added = jobs::enqueue(&mut tx, new).await?;
    tx.commit().await?;
    context.dispatch(&[added.job]);
    Ok(())
}

/// Where jobs of a test enter themselves and wait: it tells the order in which they began and how often they ran.
#[derive(Clone)]
pub struct Gate {
    id: Uuid,
    state: Arc<GateState>,
}

struct GateState {
    is_open: watch::Sender<bool>,
    entries: Mutex<Vec<(JobId, i16)>>,
}

static GATES: LazyLock<Mutex<HashMap<Uuid, Gate>>> = LazyLock::new(Mutex::default);

impl Gate {
    /// Makes a gate that is shut.
    #[must_use]
    pub fn shut() -> Self {
        Self::with_id(Uuid::now_v7())
    }

    /// Makes a gate that stands open: jobs only enter themselves.
    #[must_use]
    pub fn open() -> Self {
        let gate = Self::shut();
        gate.unlock();
        gate
    }

    fn with_id(id: Uuid) -> Self {
        let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
        gates
            .entry(id)
            .or_insert_with(|| Self {
                id,
                state: Arc::new(GateState {
                    is_open: watch::Sender::new(false),
                    entries: Mutex::default(),
                }),
            })
            .clone()
    }

    /// Returns the id by which jobs name it.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Lets everybody through from now on.
    pub fn unlock(&self) {
        self.state.is_open.send_replace(true);
    }

    /// Returns who has entered, with the attempt, in the order of coming.
    #[must_use]
    pub fn entries(&self) -> Vec<(JobId, i16)> {
        let entries = self.state.entries.lock();
        entries.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many have entered.
    ///
    /// # Panics
    /// When they do not come in time.
    pub async fn wait_for_entries(&self, count: usize) {
        let what = format!("{count} jobs have begun");
        until(&what, || async { self.entries().len() >= count }).await;
    }

    fn enter(&self, context: &JobContext) {
        let mut entries = self
            .state
            .entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        entries.push((context.job_id(), context.attempt()));
    }

    async fn opened(&self) {
        let mut is_open = self.state.is_open.subscribe();
        // The sender lives as long as the process.
        let _ = is_open.wait_for(|is_open| *is_open).await;
    }

    async fn pass(&self, context: &JobContext) -> Result<(), JobError> {
        self.enter(context);
        tokio::select! {
            () = self.opened() => Ok(()),
            () = context.cancelled().cancelled() => Err(JobError::Stopped),
        }
    }
}
