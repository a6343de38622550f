use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// When each task of the job layer last came round: for health checks and the watchdog.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<Mutex<BTreeMap<String, Instant>>>);

impl Pulse {
    pub(crate) fn tick(&self, task: &str) {
        let mut ticks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match ticks.get_mut(task) {
            Some(at) => *at = Instant::now(),
            None => {
                ticks.insert(task.to_owned(), Instant::now());
            }
        }
    }

    /// Returns each task with the time since it last came round.
    #[must_use]
    pub fn ages(&self) -> BTreeMap<String, Duration> {
        let ticks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ticks
            .iter()
            .map(|(task, at)| (task.clone(), at.elapsed()))
            .collect()
    }
}
