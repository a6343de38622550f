use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Remembers that Redis failed just now, so that not every request waits for the same time-out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Breaker(Arc<Mutex<Option<Instant>>>);

/// How long after a failure nothing is tried.
const REST: Duration = Duration::from_secs(1);

impl Breaker {
    /// Tells whether a try is worth it.
    pub(crate) fn is_closed(&self) -> bool {
        let failed_at = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failed_at.is_none_or(|at| at.elapsed() > REST)
    }

    pub(crate) fn failed(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(crate) fn succeeded(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
