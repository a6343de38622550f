use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    id::StoreId,
    job::{Job, Priority, Queue},
};

/// Adds a store's ledger up again and keeps what its levels say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckStockLedger {
    /// The store to check.
    pub store_id: StoreId,
}

impl Job for CheckStockLedger {
    const NAME: &'static str = "check_stock_ledger";
    const QUEUE: Queue = Queue::Inventory;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(900);
    const PRIORITY: Priority = Priority::Low;

    fn unique_key(&self) -> Option<String> {
        Some(self.store_id.to_string())
    }
}
