use std::task::{Context, Poll};

use apalis_core::{
    backend::{Backend, BackendConfig, finalize::Ephemeral},
    task::{Task, builder::TaskBuilder, task_id::TaskId},
    worker::context::WorkerContext,
};
use suite_db::jobs::{Attempt, ClaimedJob, Finish, Outcome};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::{
    finisher::Ending,
    running::{RunningGuard, RunningJob},
    slots::HeldSlots,
};

/// A job that this process owns. Dropped without [`Claimed::finish`] it is handed back untouched.
#[derive(Debug)]
pub struct Claimed {
    job: ClaimedJob,
    guard: RunningGuard,
    finisher: Option<mpsc::UnboundedSender<Ending>>,
    slots: Option<HeldSlots>,
    // Freed with the value: then the fetcher may claim the next one.
    _slot: OwnedSemaphorePermit,
}

impl Claimed {
    pub(crate) fn new(
        job: ClaimedJob,
        guard: RunningGuard,
        finisher: mpsc::UnboundedSender<Ending>,
        slot: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            job,
            guard,
            finisher: Some(finisher),
            slots: None,
            _slot: slot,
        }
    }

    /// Gives it the slots that it holds under limits, until its end is written.
    pub(crate) fn holding(mut self, slots: Option<HeldSlots>) -> Self {
        self.slots = slots;
        self
    }

    /// Returns the row as it was claimed.
    #[must_use]
    pub fn job(&self) -> &ClaimedJob {
        &self.job
    }

    /// Returns the row, so that its arguments can be taken out of it.
    pub fn job_mut(&mut self) -> &mut ClaimedJob {
        &mut self.job
    }

    /// Returns the token that fences its statements.
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        self.guard.attempt
    }

    /// Returns the handle by which it learns that it should stop.
    #[must_use]
    pub fn running(&self) -> &RunningJob {
        &self.guard.job
    }

    /// Ends the attempt; the row is written in the next batch.
    pub fn finish(mut self, outcome: Outcome) {
        self.send(outcome);
    }

    /// Ends the attempt whose row the job has written itself, in the transaction of its effects.
    pub fn finished_already(mut self) {
        self.finisher = None;
    }

    fn send(&mut self, outcome: Outcome) {
        if let Some(finisher) = self.finisher.take() {
            // A finisher that is gone means that the process ends; the lease will end too, and the job run again.
            let finish = Finish {
                account_id: self.job.account_id,
                attempt: self.guard.attempt,
                outcome,
            };
            let slots = self.slots.take();
            let _ = finisher.send(Ending { finish, slots });
        }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        self.send(Outcome::Released {
            after: std::time::Duration::ZERO,
            error: None,
        });
    }
}

/// The apalis backend of one queue: it only takes from a channel that the fetcher fills.
///
/// Everything that can fail or block (Redis, PostgreSQL, the lease) happens in tasks of its own, so that nothing here can
/// kill the apalis worker or hold up its heartbeat.
#[derive(Debug)]
pub struct ClaimedBackend {
    receiver: mpsc::Receiver<Claimed>,
}

/// Never happens: all that can fail happens elsewhere.
#[derive(Debug, thiserror::Error)]
#[error("the backend cannot fail")]
pub struct Impossible;

impl ClaimedBackend {
    pub(crate) fn new(receiver: mpsc::Receiver<Claimed>) -> Self {
        Self { receiver }
    }
}

impl Backend for ClaimedBackend {
    type Task = Task<Claimed>;
    type Error = Impossible;

    fn poll_ready(
        &mut self,
        _: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Result<(), Impossible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Option<Result<Self::Task, Impossible>>> {
        self.receiver.poll_recv(context).map(|claimed| {
            claimed.map(|claimed| {
                let id = TaskId::from_string(claimed.job.id);
                Ok(TaskBuilder::new(claimed).task_id(id).build())
            })
        })
    }

    fn poll_close(
        &mut self,
        _: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Result<(), Impossible>> {
        // Dropping a claimed job hands it back.
        self.receiver.close();
        while self.receiver.try_recv().is_ok() {}
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for ClaimedBackend {
    type Args = Claimed;
    type Id = uuid::Uuid;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = tower::layer::util::Identity;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Self::Layer {
        tower::layer::util::Identity::new()
    }
}
