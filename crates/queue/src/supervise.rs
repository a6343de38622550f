use std::{future::Future, time::Duration};

use tokio::task::JoinHandle;

/// Runs a task of the job layer and starts it again when it panics: a panic in a spawned task is otherwise silent, and once
/// left a queue standing still.
///
/// The task ends when `make`'s future returns.
pub(crate) fn supervise<F, Fut>(name: &'static str, make: F) -> JoinHandle<()>
where
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            match tokio::spawn(make()).await {
                Ok(()) => return,
                Err(error) if error.is_panic() => {
                    metrics::counter!("job_layer_restarts_total", "task" => name).increment(1);
                    tracing::error!(task = name, %error, "a task of the job layer panicked and is started again");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                Err(_) => return,
            }
        }
    })
}

/// How long to wait after the `failures`-th failure in a row: 50 ms, doubling up to one second.
pub(crate) fn patience(failures: u32) -> Duration {
    Duration::from_millis((50u64 << failures.min(5)).min(1_000))
}
