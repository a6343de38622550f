use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use serde_json::Value;
use suite_core::Error;
use suite_queue::{Claimed, StopReason};
use tracing::Instrument;

use super::{JobContext, JobError, Kind, outcome, process::Runtime};

/// A job that was asked to stop gets this long to do it by itself; then it is dropped at its next await, which rolls its
/// open transaction back.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// Runs one claimed job to its end and reports how it ended.
pub(crate) async fn run(claimed: Claimed, runtime: Runtime) {
    let span = tracing::info_span!(
        "job",
        job.id = %claimed.job().id,
        job.kind = %claimed.job().kind,
        job.attempt = claimed.job().attempt,
        account.id = %claimed.job().account_id,
        trace.parent = claimed.job().traceparent.as_deref(),
    );
    attempt(claimed, runtime).instrument(span).await;
}

async fn attempt(claimed: Claimed, runtime: Runtime) {
    let started = tokio::time::Instant::now();
    let job = claimed.job().clone();
    let kind = runtime.kinds.find(&job.kind).cloned();
    let context = JobContext::new(runtime, &claimed);
    let result = match &kind {
        Some(kind) => supervised(kind, job.args, job.timeout_ms, &context).await,
        None => Err(JobError::Retry(Error::internal(format!(
            "this program has no code for {}",
            job.kind
        )))),
    };
    let stop = claimed.running().reason();
    log(&result, stop);
    metrics::histogram!("job_run_seconds", "kind" => job.kind.clone())
        .record(started.elapsed().as_secs_f64());
    if result.is_ok()
        && let Some(started) = context.take_finished()
    {
        context.dispatch(&started);
        metrics::counter!("jobs_finished_total", "outcome" => "succeeded").increment(1);
        claimed.finished_already();
        context
            .broker()
            .announce(context.account_id(), context.job_id());
        return;
    }
    let terms = kind.as_ref().map(Kind::terms);
    let jitter = rand::random::<f64>();
    match outcome::decide(result, stop, job.attempt, job.max_attempts, terms, jitter) {
        Some(outcome) => claimed.finish(outcome),
        None => claimed.finished_already(),
    }
}

/// Runs the code of a kind within its time, and turns a panic into an error.
async fn supervised(
    kind: &Kind,
    args: Value,
    timeout_ms: i32,
    context: &JobContext,
) -> Result<Value, JobError> {
    let timeout = Duration::from_millis(u64::from(timeout_ms.unsigned_abs()));
    let running = AssertUnwindSafe(kind.start(args, context.clone())).catch_unwind();
    let stopped = async {
        context.cancelled().cancelled().await;
        tokio::time::sleep(STOP_GRACE).await;
    };
    tokio::select! {
        result = running => result.unwrap_or_else(|panic| Err(panicked(panic.as_ref()))),
        () = stopped => Err(JobError::Stopped),
        () = tokio::time::sleep(timeout) => {
            let text = format!("the attempt took longer than {} s", timeout.as_secs());
            Err(JobError::Retry(Error::internal(text)))
        }
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> JobError {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    JobError::Retry(Error::internal(format!("panicked: {text}")))
}

fn log(result: &Result<Value, JobError>, stop: Option<StopReason>) {
    match (result, stop) {
        (Ok(_), _) => tracing::info!("succeeded"),
        (Err(_), Some(reason)) => tracing::info!(?reason, "stopped"),
        (Err(JobError::Retry(error) | JobError::RetryAfter(_, error)), None)
            if error.is_infrastructure() =>
        {
            tracing::warn!(error = error.chain(), "interrupted");
        }
        (Err(JobError::Retry(error) | JobError::RetryAfter(_, error)), None) => {
            tracing::error!(error = error.chain(), "failed");
        }
        (Err(JobError::PutOff { after, service }), None) => {
            tracing::info!(service, after_ms = after.as_millis(), "put off");
        }
        // The fault of what was asked for, not of the program.
        (Err(JobError::Unreadable(error)), None) => {
            tracing::warn!(
                error = error.chain(),
                "left for a newer version, which can read its arguments"
            );
        }
        (Err(JobError::Discard(error)), None) => tracing::warn!(error = error.chain(), "refused"),
        (Err(JobError::Stopped | JobError::LeaseLost), None) => tracing::warn!("lost its lease"),
    }
}
