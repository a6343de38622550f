//! Gives the workers more than they can do.

use std::{fmt, sync::Arc};

use anyhow::{Result, ensure};
use suite_core::job::Queue;
use suite_db::operator::queues;
use suite_tests::{Dice, TestApp, until};

use crate::{day::Act, merchants::Merchant};

const HEAVY: [Act; 3] = [Act::AskForReport, Act::AnalyzeStock, Act::UploadOrders];
/// More than two processors end in a second.
const JOBS_A_SECOND: u32 = 60;

/// The work that waits for the workers.
pub(crate) struct Backlog {
    asked: u32,
}

/// What became of it.
pub(crate) struct Done {
    asked: u32,
    waiting: u32,
}

impl fmt::Display for Done {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, waiting } = self;
        write!(formatter, "of {asked} jobs {waiting} wait at the end")
    }
}

/// Asks for reports, analyses and imports of all merchants, enough for so many seconds, while nobody works, and then lets the
/// workers begin: so asking for more takes no part in what is measured.
pub(crate) async fn begin(
    app: &TestApp,
    merchants: &Arc<[Merchant]>,
    seconds: u32,
) -> Result<Backlog> {
    set_paused(app, true).await?;
    let mut dice = Dice::new(99);
    let asked = JOBS_A_SECOND * seconds;
    for (_, act) in (0..asked).zip(HEAVY.into_iter().cycle()) {
        let merchant = &merchants[dice.below(merchants.len())];
        let request = merchant.request(act, &mut dice)?;
        request.send().await?.error_for_status()?;
    }
    set_paused(app, false).await?;
    until("the workers have begun", || async {
        count(app, "running").await.is_ok_and(|running| running > 0)
    })
    .await;
    Ok(Backlog { asked })
}

impl Backlog {
    /// Tells how much still waits, which must be something: else the workers idled.
    pub(crate) async fn end(self, app: &TestApp) -> Result<Done> {
        let waiting = count(app, "queued").await?;
        ensure!(waiting > 0, "the workers were done before the end");
        Ok(Done {
            asked: self.asked,
            waiting,
        })
    }
}

async fn set_paused(app: &TestApp, is_paused: bool) -> Result<()> {
    let mut tx = app.db.fleet().await?;
    for queue in [Queue::Inventory, Queue::Reports] {
        if is_paused {
            queues::pause(&mut tx, queue).await?;
        } else {
            queues::resume(&mut tx, queue).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn count(app: &TestApp, state: &str) -> Result<u32> {
    let sql = format!("SELECT count(*) FROM jobs WHERE state = '{state}'");
    Ok(app.value(&sql).await.parse()?)
}
