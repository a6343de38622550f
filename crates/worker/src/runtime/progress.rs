use std::time::Duration;

use suite_core::id::AccountId;
use suite_db::{
    Db,
    jobs::{Attempt, Progress, write_progress},
};
use suite_queue::Broker;
use tokio::sync::watch;

/// At most four writes a second a job: a person does not read faster.
const PAUSE: Duration = Duration::from_millis(250);

/// Takes progress at any rate and writes the newest at a bearable one.
#[derive(Debug)]
pub(crate) struct ProgressWriter(watch::Sender<Option<Progress>>);

impl ProgressWriter {
    /// Starts the writer; it ends when this value is dropped.
    pub(crate) fn start(db: Db, broker: Broker, account_id: AccountId, attempt: Attempt) -> Self {
        let (sender, mut receiver) = watch::channel(None);
        tokio::spawn(async move {
            while receiver.changed().await.is_ok() {
                let Some(progress) = receiver.borrow_and_update().clone() else {
                    continue;
                };
                match write(&db, account_id, attempt, &progress).await {
                    Ok(()) => broker.announce(account_id, attempt.job_id.into()),
                    // Only a picture of the work: the next one will do.
                    Err(error) => tracing::debug!(%error, "progress was not written"),
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
        Self(sender)
    }

    pub(crate) fn show(&self, progress: Progress) {
        self.0.send_replace(Some(progress));
    }
}

async fn write(
    db: &Db,
    account_id: AccountId,
    attempt: Attempt,
    progress: &Progress,
) -> suite_db::DbResult<()> {
    let mut tx = db.account(account_id).await?;
    write_progress(&mut tx, attempt, progress).await?;
    tx.commit().await
}
