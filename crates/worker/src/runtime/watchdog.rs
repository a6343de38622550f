use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use suite_queue::Pulse;

use super::probe::stuck;

/// The exit code of a worker that ended itself because it was stuck (`EX_SOFTWARE` of sysexits.h).
const EX_SOFTWARE: i32 = 70;

/// How often it looks, at least.
const LOOK: Duration = Duration::from_secs(5);

/// Ends the process when its job layer is stuck, so that whatever supervises it starts a sound one.
///
/// A thread of its own: it must come round when the runtime does not.
pub(crate) fn start(pulse: Pulse, patience: Duration, is_over: Arc<AtomicBool>) {
    let watch = move || {
        while !is_over.load(Ordering::Acquire) {
            std::thread::park_timeout(LOOK.min(patience / 4));
            if let Some(task) = stuck(&pulse, patience) {
                tracing::error!(
                    task,
                    "a task of the job layer is stuck; the worker ends itself"
                );
                std::process::exit(EX_SOFTWARE);
            }
        }
    };
    if let Err(error) = std::thread::Builder::new()
        .name("watchdog".to_owned())
        .spawn(watch)
    {
        tracing::error!(%error, "the watchdog could not start");
    }
}
