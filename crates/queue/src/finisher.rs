use std::{collections::HashSet, sync::Arc};

use suite_db::{
    FleetConnection,
    jobs::{self, Finish, Outcome},
};
use tokio::sync::{Mutex, mpsc};
use uuid::Uuid;

use crate::{
    slots::HeldSlots,
    supervise::patience,
    worker::{Shared, within},
};

/// Attempts written in one statement. More would not be faster, and a huge batch once misled the planner.
const BATCH: usize = 500;

/// The end of an attempt on its way to the database.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) finish: Finish,
    /// What becomes free when it is written.
    pub(crate) slots: Option<HeldSlots>,
}

/// What the finisher must not lose when it is started again.
pub(crate) struct Inbox {
    receiver: mpsc::UnboundedReceiver<Ending>,
    batch: Vec<Finish>,
    slots: Vec<HeldSlots>,
}

impl Inbox {
    pub(crate) fn new(receiver: mpsc::UnboundedReceiver<Ending>) -> Self {
        Self {
            receiver,
            batch: Vec::new(),
            slots: Vec::new(),
        }
    }
}

/// Writes the ends of attempts, all that came together in one statement. Holds a batch until the database has it.
///
/// Returns when the process is to stop and everything is written.
pub(crate) async fn run(shared: Shared, inbox: Arc<Mutex<Inbox>>) {
    let mut inbox = inbox.lock().await;
    let Inbox {
        receiver,
        batch,
        slots,
    } = &mut *inbox;
    let mut endings = Vec::with_capacity(BATCH);
    let mut database: Option<FleetConnection> = None;
    let mut failures = 0;
    loop {
        if batch.is_empty() {
            let received = tokio::select! {
                biased;
                received = receiver.recv_many(&mut endings, BATCH) => received,
                () = shared.finishing_over.cancelled(), if !receiver.is_closed() => {
                    receiver.close();
                    continue;
                }
            };
            if received == 0 {
                return;
            }
            for ending in endings.drain(..) {
                batch.push(ending.finish);
                slots.extend(ending.slots);
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
                slots.clear();
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
    let mut accepted: HashSet<Uuid> = within(jobs::finish(connection, batch))
        .await?
        .into_iter()
        .collect();
    if accepted.len() < batch.len() {
        let rest: Vec<Finish> = batch
            .iter()
            .filter(|finish| !accepted.contains(&finish.attempt.job_id))
            .cloned()
            .collect();
        let followed = within(jobs::finish_linked(connection, &rest)).await?;
        shared.broker.dispatch(&followed.started);
        accepted.extend(followed.ended);
    }
    Ok(accepted)
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
        metrics::counter!("job_ends_written_total", "outcome" => outcome).increment(1);
    }
}
