use std::time::Instant;

use apalis_core::backend::TaskSink;
use suite_core::job::JobRef;
use suite_db::{Db, jobs::keeper};
use tokio::sync::mpsc;

use crate::{sink::JobSink, supervise::supervise, worker::within};

/// Hands committed jobs to Redis in the background, so that no request waits for Redis.
#[derive(Clone)]
pub(crate) struct Dispatcher {
    sender: mpsc::UnboundedSender<Committed>,
}

/// Jobs that were committed just now.
struct Committed {
    at: Instant,
    jobs: Vec<JobRef>,
}

/// The largest batch handed over in one go.
const BATCH: usize = 256;

impl Dispatcher {
    /// Starts the background task; it ends when the last clone is dropped.
    pub(crate) fn start(db: Db, make_sink: impl Fn() -> JobSink + Send + Sync + 'static) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let receiver = std::sync::Arc::new(tokio::sync::Mutex::new(receiver));
        supervise("dispatcher", move || {
            run(db.clone(), make_sink(), receiver.clone())
        });
        Self { sender }
    }

    pub(crate) fn dispatch(&self, jobs: Vec<JobRef>) {
        // A receiver that is gone means that the process ends: the keeper will find the jobs.
        let _ = self.sender.send(Committed {
            at: Instant::now(),
            jobs,
        });
    }
}

async fn run(
    db: Db,
    mut sink: JobSink,
    receiver: std::sync::Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Committed>>>,
) {
    let mut receiver = receiver.lock().await;
    let mut batches = Vec::new();
    while receiver.recv_many(&mut batches, BATCH).await > 0 {
        let (mut times, mut jobs) = (Vec::new(), Vec::new());
        for committed in batches.drain(..) {
            times.push(committed.at);
            jobs.extend(committed.jobs);
        }
        if let Err(error) = sink.push_bulk(jobs.clone()).await {
            metrics::counter!("jobs_dispatch_failures_total").increment(1);
            tracing::warn!(%error, jobs = jobs.len(), "Redis did not take jobs; the keeper will hand them out");
            give_back(&db, &jobs).await;
            continue;
        }
        for committed_at in times {
            metrics::histogram!("jobs_dispatch_lag_seconds")
                .record(committed_at.elapsed().as_secs_f64());
        }
    }
}

/// Marks jobs as due; when even that fails, the keeper finds them missing.
async fn give_back(db: &Db, jobs: &[JobRef]) {
    let given_back = async {
        let mut tx = db.fleet().await?;
        keeper::put_back(&mut tx, jobs).await?;
        tx.commit().await
    };
    if let Err(error) = within(given_back).await {
        tracing::warn!(%error, "jobs could not be marked as due");
    }
}
