use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use serde_json::Value;
use suite_core::{Error, telemetry, trace::TraceContext};
use suite_db::jobs::Outcome;
use suite_queue::{Claimed, StopReason};
use tracing::Instrument;

use super::{JobContext, JobError, Kind, check_ins, outcome, process::Runtime};

/// A job that was asked to stop gets this long to do it by itself; then it is dropped at its next await, which rolls its
/// open transaction back.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// Runs one claimed job to its end and reports how it ended.
pub(crate) async fn run(claimed: Claimed, runtime: Arc<Runtime>) {
    let job = claimed.job();
    let trace = TraceContext::of_job(job.traceparent.as_deref(), job.id.into());
    let span = tracing::info_span!(
        "job",
        job.id = %job.id,
        job.kind = %job.kind,
        job.attempt = job.attempt,
        account.id = %job.account_id,
        trace.id = trace.trace_id(),
        span.id = trace.span_id(),
    );
    if !telemetry::is_reporting() {
        return attempt(claimed, runtime, trace).instrument(span).await;
    }
    let (kind, account_id) = (job.kind.clone(), job.account_id.to_string());
    let (trace_id, job_id) = (trace.trace_id(), job.id.to_string());
    let tags = [
        ("job.kind", kind.as_str()),
        ("job.id", &job_id),
        ("account.id", &account_id),
        ("trace.id", &trace_id),
    ];
    // Boxed: one copy of a large future in place of one for each that is around it.
    let attempt = Box::pin(attempt(claimed, runtime, trace).instrument(span));
    telemetry::tagged(&tags, attempt).await;
}

async fn attempt(mut claimed: Claimed, runtime: Arc<Runtime>, trace: TraceContext) {
    let started = tokio::time::Instant::now();
    let args = claimed.job_mut().args.take();
    let job = claimed.job();
    let (name_of_kind, attempt, max_attempts) = (job.kind.clone(), job.attempt, job.max_attempts);
    let timeout_ms = job.timeout_ms;
    let (owner, id) = (job.account_id.into(), job.id);
    metrics::counter!("job_attempts_total", "kind" => name_of_kind.clone()).increment(1);
    let kind = runtime.kinds.find(&name_of_kind).cloned();
    let context = JobContext::new(runtime, &claimed, trace);
    let watched = check_ins::begin(owner, id, &name_of_kind, &args, attempt);
    let result = match &kind {
        Some(kind) => supervised(kind, args, timeout_ms, &context).await,
        None => Err(JobError::Retry(Error::internal(format!(
            "this program has no code for {name_of_kind}"
        )))),
    };
    let stop = claimed.running().reason();
    log(&result, stop, attempt >= max_attempts);
    metrics::histogram!("job_run_seconds", "kind" => name_of_kind.clone())
        .record(started.elapsed().as_secs_f64());
    if result.is_ok()
        && let Some(started) = context.take_finished()
    {
        context.dispatch(&started);
        count(name_of_kind, "succeeded");
        check_ins::end(watched, Some(true));
        claimed.finished_already();
        context
            .broker()
            .announce(context.account_id(), context.job_id());
        return;
    }
    let terms = kind.as_ref().map(Kind::terms);
    let jitter = rand::random::<f64>();
    match outcome::decide(result, stop, attempt, max_attempts, terms, jitter) {
        Some(outcome) => {
            check_ins::end(watched, check_ins::verdict(&outcome));
            count(name_of_kind, name(&outcome));
            claimed.finish(outcome);
        }
        None => {
            count(name_of_kind, "taken");
            claimed.finished_already();
        }
    }
}

/// Only kinds that this program knows are claimed, so that the number of series stays fixed.
fn count(kind: String, outcome: &'static str) {
    metrics::counter!("jobs_finished_total", "kind" => kind, "outcome" => outcome).increment(1);
}

const fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded(_) => "succeeded",
        Outcome::Retry { .. } => "retried",
        Outcome::Dead { .. } => "dead",
        Outcome::Cancelled => "cancelled",
        Outcome::Released { .. } => "released",
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
        // The job first: one that ends at once sets no timer.
        biased;
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

/// What is told as an error becomes a report as well: once a job, when it has failed for good.
fn log(result: &Result<Value, JobError>, stop: Option<StopReason>, is_last: bool) {
    match (result, stop) {
        (Ok(_), _) => tracing::info!("succeeded"),
        (Err(_), Some(reason)) => tracing::info!(?reason, "stopped"),
        (Err(JobError::Retry(error) | JobError::RetryAfter(_, error)), None) => {
            let cause = error.chain();
            if error.is_infrastructure() {
                tracing::warn!(error = cause, "interrupted");
            } else if is_last {
                tracing::error!(error = cause, "failed for good");
            } else {
                tracing::warn!(error = cause, "failed and will be tried again");
            }
        }
        (Err(JobError::Discard(error)), None) => {
            let cause = error.chain();
            if is_fault_of_the_asker(error) {
                tracing::warn!(error = cause, "refused");
            } else {
                tracing::error!(error = cause, "failed for good");
            }
        }
        (Err(JobError::PutOff { after, service }), None) => {
            tracing::info!(service, after_ms = after.as_millis(), "put off");
        }
        (Err(JobError::Unreadable(error)), None) => {
            tracing::warn!(
                error = error.chain(),
                "left for a newer version, which can read its arguments"
            );
        }
        (Err(JobError::Stopped | JobError::LeaseLost), None) => tracing::warn!("lost its lease"),
    }
}

/// Tells whether what was asked for is to blame, and not the program.
fn is_fault_of_the_asker(error: &Error) -> bool {
    match error {
        Error::Invalid { .. }
        | Error::AlreadyExists { .. }
        | Error::Unauthenticated
        | Error::Forbidden { .. }
        | Error::PlanRequired
        | Error::Conflict { .. } => true,
        Error::NotFound { .. }
        | Error::RateLimited { .. }
        | Error::Upstream { .. }
        | Error::Unavailable { .. }
        | Error::Internal { .. } => false,
    }
}
