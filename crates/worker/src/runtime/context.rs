use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;
use suite_core::{
    clock::Clock,
    config::{RetentionConfig, Settings},
    id::{AccountId, BatchId, JobId},
    job::JobRef,
    trace::TraceContext,
};
use suite_db::{
    AccountTx, Db,
    jobs::{Attempt, Progress, fence, finish_followed},
};
use suite_queue::{Broker, CacheTopic, Claimed, RunningJob};
use suite_stripe::Stripe;
use tokio_util::sync::CancellationToken;

use super::{JobError, ServiceTurns, process::Runtime, progress::ProgressWriter};
use crate::mail::Transport;

/// What a running job sees of the world. Clones are the same job.
#[derive(Clone)]
pub struct JobContext {
    runtime: Arc<Runtime>,
    account_id: AccountId,
    attempt: Attempt,
    batch_id: Option<BatchId>,
    trace: TraceContext,
    running: RunningJob,
    /// Started when there is progress to show: most jobs are over before.
    progress: Arc<OnceLock<ProgressWriter>>,
    finished: Arc<Mutex<Option<Vec<JobRef>>>>,
}

impl JobContext {
    pub(crate) fn new(runtime: Arc<Runtime>, claimed: &Claimed, trace: TraceContext) -> Self {
        Self {
            runtime,
            account_id: claimed.job().account_id.into(),
            attempt: claimed.attempt(),
            batch_id: claimed.job().batch_id.map(BatchId::from),
            trace,
            running: claimed.running().clone(),
            progress: Arc::default(),
            finished: Arc::default(),
        }
    }

    /// Returns whose job it is.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// Returns which job it is.
    #[must_use]
    pub fn job_id(&self) -> JobId {
        self.attempt.job_id.into()
    }

    /// Returns the batch that it belongs to: it may add jobs to it while it runs ([`NewJob::in_batch`]).
    ///
    /// [`NewJob::in_batch`]: suite_core::job::NewJob::in_batch
    #[must_use]
    pub fn batch_id(&self) -> Option<BatchId> {
        self.batch_id
    }

    /// Returns which attempt this is, from 1.
    #[must_use]
    pub fn attempt(&self) -> i16 {
        self.attempt.attempt
    }

    /// Returns the trace of the attempt, as `traceparent` has it: for the jobs and the requests that it makes.
    #[must_use]
    pub fn traceparent(&self) -> String {
        self.trace.to_string()
    }

    /// Returns the database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.runtime.db
    }

    /// Returns the clock of the business; leases and delays go by the database's.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.runtime.clock
    }

    /// Returns an outside service, such as `sendgrid` or `shopify:<store>`, to be asked at the pace that all workers keep.
    #[must_use]
    pub fn service(&self, name: &str) -> ServiceTurns {
        let stop = self.cancelled().clone();
        ServiceTurns::new(self.runtime.services.clone(), name, stop)
    }

    /// Returns how long finished things are kept.
    #[must_use]
    pub fn retention(&self) -> &RetentionConfig {
        &self.runtime.settings.retention
    }

    /// Returns the settings of the process.
    pub(crate) fn settings(&self) -> &Settings {
        &self.runtime.settings
    }

    /// Returns how mails leave, if they may.
    pub(crate) fn mail(&self) -> Option<&Transport> {
        self.runtime.mail.as_ref()
    }

    /// Returns Stripe, if payments are set up.
    pub(crate) fn stripe(&self) -> Option<&Stripe> {
        self.runtime.stripe.as_ref()
    }

    /// Is triggered when the job should stop: called off, shut down, or given to another worker.
    #[must_use]
    pub fn cancelled(&self) -> &CancellationToken {
        self.running.token()
    }

    /// Ends the job with `?` when it should stop: for loops between awaits.
    ///
    /// # Errors
    /// [`JobError::Stopped`].
    pub fn check_cancelled(&self) -> Result<(), JobError> {
        if self.running.token().is_cancelled() {
            Err(JobError::Stopped)
        } else {
            Ok(())
        }
    }

    /// Shows how far the job is. Cheap: call it as often as you like.
    pub fn progress(&self, done: u64, total: Option<u64>, unit: &str, message: &str) {
        let writer = self.progress.get_or_init(|| {
            let (db, broker) = (self.runtime.db.clone(), self.runtime.broker.clone());
            ProgressWriter::start(db, broker, self.account_id, self.attempt)
        });
        writer.show(Progress {
            done,
            total,
            unit: unit.to_owned(),
            message: message.to_owned(),
        });
    }

    /// Makes sure that this attempt owns the job until the transaction ends. Call it in every transaction that writes.
    ///
    /// # Errors
    /// [`JobError::LeaseLost`] when it does not; the transaction must not be committed.
    pub async fn fence(&self, tx: &mut AccountTx) -> Result<(), JobError> {
        if fence(tx, self.attempt).await? {
            Ok(())
        } else {
            Err(JobError::LeaseLost)
        }
    }

    /// Ends the job with `result` in the transaction of its effects: both are written, or neither.
    ///
    /// # Errors
    /// [`JobError::LeaseLost`] when the job is no longer ours; the transaction must not be committed.
    pub async fn finish(&self, tx: &mut AccountTx, result: &Value) -> Result<(), JobError> {
        let started = finish_followed(tx, self.attempt, result).await?;
        let started = started.ok_or(JobError::LeaseLost)?;
        *self.finished.lock().unwrap_or_else(PoisonError::into_inner) = Some(started);
        Ok(())
    }

    /// Hands out jobs that this one has written, after the commit.
    pub fn dispatch(&self, jobs: &[JobRef]) {
        self.runtime.broker.dispatch(jobs);
    }

    /// Drops the account's kept answers that are made of `topic`. Call it after the commit of what changes it.
    pub async fn drop_topic(&self, topic: CacheTopic) {
        let cache = &self.runtime.cache;
        cache.drop_topic(topic, self.account_id).await;
    }

    pub(crate) fn broker(&self) -> &Broker {
        &self.runtime.broker
    }

    /// Returns, when the job has ended itself, what follows it and is to be handed out now.
    pub(crate) fn take_finished(&self) -> Option<Vec<JobRef>> {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.take()
    }
}
