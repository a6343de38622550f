use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use suite_db::jobs::Attempt;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Why a running job should stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// Somebody called it off.
    Cancelled,
    /// The process ends; the job is handed back.
    Shutdown,
    /// The job was taken away: the worker was taken for dead, or an operator has killed the job.
    LeaseLost,
}

/// The handle by which a running job learns that it should stop.
#[derive(Debug, Clone)]
pub struct RunningJob {
    token: CancellationToken,
    reason: Arc<AtomicU8>,
}

impl RunningJob {
    /// Is triggered when the job should stop.
    #[must_use]
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Tells why, once the token is triggered.
    #[must_use]
    pub fn reason(&self) -> Option<StopReason> {
        match self.reason.load(Ordering::Acquire) {
            1 => Some(StopReason::Cancelled),
            2 => Some(StopReason::Shutdown),
            3 => Some(StopReason::LeaseLost),
            _ => None,
        }
    }

    fn stop(&self, reason: StopReason) {
        let number = match reason {
            StopReason::Cancelled => 1,
            StopReason::Shutdown => 2,
            StopReason::LeaseLost => 3,
        };
        // The first reason stands.
        let _ = self
            .reason
            .compare_exchange(0, number, Ordering::AcqRel, Ordering::Acquire);
        self.token.cancel();
    }
}

type Entries = HashMap<Uuid, (Attempt, RunningJob)>;

/// The jobs that this process has claimed and not finished.
#[derive(Debug, Clone, Default)]
pub struct Running(Arc<Mutex<Entries>>);

impl Running {
    fn entries(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a claimed job; the entry goes with the returned guard.
    pub(crate) fn enter(&self, attempt: Attempt) -> RunningGuard {
        let job = RunningJob {
            token: CancellationToken::new(),
            reason: Arc::new(AtomicU8::new(0)),
        };
        self.entries()
            .insert(attempt.job_id, (attempt, job.clone()));
        RunningGuard {
            running: self.clone(),
            attempt,
            job,
        }
    }

    /// Counts them.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries().len()
    }

    /// Returns the attempts.
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.entries()
            .values()
            .map(|(attempt, _)| *attempt)
            .collect()
    }

    /// Tells whether the job is one of them.
    pub(crate) fn contains(&self, job_id: Uuid) -> bool {
        self.entries().contains_key(&job_id)
    }

    /// Asks one attempt to stop.
    pub(crate) fn stop(&self, attempt: Attempt, reason: StopReason) {
        if let Some((running, job)) = self.entries().get(&attempt.job_id)
            && *running == attempt
        {
            job.stop(reason);
        }
    }

    /// Asks all to stop.
    pub fn stop_all(&self, reason: StopReason) {
        for (_, job) in self.entries().values() {
            job.stop(reason);
        }
    }
}

/// Keeps a job among the running ones.
#[derive(Debug)]
pub(crate) struct RunningGuard {
    running: Running,
    pub(crate) attempt: Attempt,
    pub(crate) job: RunningJob,
}

impl Drop for RunningGuard {
    fn drop(&mut self) {
        let mut entries = self.running.entries();
        // The same job may have been claimed again meanwhile, as another attempt.
        if entries
            .get(&self.attempt.job_id)
            .is_some_and(|(attempt, _)| *attempt == self.attempt)
        {
            entries.remove(&self.attempt.job_id);
        }
    }
}
