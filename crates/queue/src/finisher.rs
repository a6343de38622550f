use std::{collections::HashSet, sync::Arc};

use suite_db::{
    FleetConnection,
    jobs::{self, Finish, Outcome},
};
use tokio::sync::{Mutex, mpsc};
use uuid::Uuid;

use crate::{
    supervise::patience,
    worker::{Shared, within},
};

/// Attempts written in one statement. More would not be faster, and a huge batch once misled the planner.
const BATCH: usize = 500;

/// What the finisher must not lose when it is started again.
pub(crate) struct Inbox {
    pub(crate) receiver: mpsc::UnboundedReceiver<Finish>,
    pub(crate) batch: Vec<Finish>,
}

/// Writes the ends of attempts, all that came together in one statement. Holds a batch until the database has it.
///
/// Returns when the process is to stop and everything is written.
pub(crate) async fn run(shared: Shared, inbox: Arc<Mutex<Inbox>>) {
    let mut inbox = inbox.lock().await;
    let Inbox { receiver, batch } = &mut *inbox;
    let mut database: Option<FleetConnection> = None;
    let mut failures = 0;
    loop {
        if batch.is_empty() {
            let received = tokio::select! {
                biased;
                received = receiver.recv_many(batch, BATCH) => received,
                () = shared.finishing_over.cancelled(), if !receiver.is_closed() => {
                    receiver.close();
                    continue;
                }
            };
            if received == 0 {
                return;
            }
        }
        match write(&shared, &mut database, batch).await {
            Ok(accepted) => {
                failures = 0;
                report(batch, &accepted);
                let changed = batch
                    .iter()
                    .map(|finish| (finish.account_id.into(), finish.attempt.job_id.into()))
                    .collect();
                shared.announce_later(changed);
                batch.clear();
            }
            Err(error) => {
                if failures == 0 {
                    tracing::warn!(%error, jobs = batch.len(), "finished jobs wait for the database");
                }
                failures += 1;
                database = None;
                tokio::time::sleep(patience(failures)).await;
            }
        }
        shared.pulse.tick("finisher");
    }
}

async fn write(
    shared: &Shared,
    database: &mut Option<FleetConnection>,
    batch: &[Finish],
) -> suite_db::DbResult<HashSet<Uuid>> {
    let connection = match database {
        Some(connection) => connection,
        None => database.insert(shared.db.fleet_connection().await?),
    };
    Ok(within(jobs::finish(connection, batch))
        .await?
        .into_iter()
        .collect())
}

fn report(batch: &[Finish], accepted: &HashSet<Uuid>) {
    for finish in batch {
        let outcome = if !accepted.contains(&finish.attempt.job_id) {
            // Another worker has the job now; or this answer was lost once and the row was written by the first try.
            tracing::warn!(job.id = %finish.attempt.job_id, attempt = finish.attempt.attempt, "a finish came too late and was refused");
            "refused"
        } else {
            match &finish.outcome {
                Outcome::Succeeded(_) => "succeeded",
                Outcome::Retry { .. } => "retried",
                Outcome::Dead { .. } => "dead",
                Outcome::Cancelled => "cancelled",
                Outcome::Released { .. } => "released",
            }
        };
        metrics::counter!("jobs_finished_total", "outcome" => outcome).increment(1);
    }
}
