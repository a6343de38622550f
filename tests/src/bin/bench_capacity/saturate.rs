//! Gives the workers more than they can do.

use std::{fmt, sync::Arc, time::Duration};

use anyhow::Result;
use suite_tests::{Dice, TestApp};
use tokio::{sync::watch, task::JoinHandle};

use crate::{day::Act, merchants::Merchant};

const HEAVY: [Act; 3] = [Act::AskForReport, Act::AnalyzeStock, Act::UploadOrders];
/// Jobs that always wait.
const BACKLOG: i64 = 60;
const LOOKS: Duration = Duration::from_millis(500);

/// The work that is being added.
pub(crate) struct Load {
    stop: watch::Sender<bool>,
    feeder: JoinHandle<Result<Done>>,
}

/// What was added meanwhile.
pub(crate) struct Done {
    added: usize,
    least: i64,
}

impl fmt::Display for Done {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { added, least } = self;
        write!(
            formatter,
            "{added} jobs added, never fewer than {least} waiting"
        )
    }
}

/// Begins to add reports, analyses and imports of all merchants, until there is a backlog; it is kept from then on.
pub(crate) async fn begin(app: &TestApp, merchants: &Arc<[Merchant]>) -> Result<Load> {
    let (stop, stopped) = watch::channel(false);
    let owner = app.database.owner().await;
    let merchants = Arc::clone(merchants);
    let (full, is_full) = tokio::sync::oneshot::channel();
    let feeder = tokio::spawn(async move {
        let mut dice = Dice::new(99);
        let (mut added, mut least, mut full) = (0, i64::MAX, Some(full));
        while !*stopped.borrow() {
            let row = owner
                .query_one("SELECT count(*) FROM jobs WHERE state = 'queued'", &[])
                .await?;
            let waiting: i64 = row.get(0);
            if full.is_none() {
                least = least.min(waiting);
            }
            for _ in waiting..BACKLOG {
                let merchant = &merchants[dice.below(merchants.len())];
                let act = HEAVY[added % HEAVY.len()];
                merchant
                    .request(act, &mut dice)?
                    .send()
                    .await?
                    .error_for_status()?;
                added += 1;
            }
            if let Some(full) = full.take() {
                // Whoever waited for it may be gone; then nobody needs to know.
                let _ = full.send(());
            }
            tokio::time::sleep(LOOKS).await;
        }
        Ok(Done { added, least })
    });
    is_full.await?;
    Ok(Load { stop, feeder })
}

impl Load {
    pub(crate) async fn end(self) -> Result<Done> {
        self.stop.send(true)?;
        self.feeder.await?
    }
}
