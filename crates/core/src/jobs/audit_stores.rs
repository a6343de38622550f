use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::{Job, Queue};

/// What is looked at in every store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditSubject {
    /// The ledger and the levels of stock: [`super::CheckStockLedger`].
    StockLedger,
    /// The lines and the sums of sales: [`super::RebuildRollups`].
    Rollups,
    /// Stock that has run low or out: [`super::AlertStock`].
    StockAlerts,
}

/// Starts a check of every store that has something to check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditStores {
    /// What to check.
    pub subject: AuditSubject,
}

impl Job for AuditStores {
    const NAME: &'static str = "audit_stores";
    const QUEUE: Queue = Queue::Maintenance;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(900);

    fn unique_key(&self) -> Option<String> {
        Some(format!("{:?}", self.subject))
    }
}
