use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    id::StoreId,
    job::{Job, Queue},
};

/// Looks which variants of a store have run low or out since the last look, and writes one mail about all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertStock {
    /// The store.
    pub store_id: StoreId,
}

impl Job for AlertStock {
    const NAME: &'static str = "alert_stock";
    const QUEUE: Queue = Queue::Inventory;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(300);

    fn unique_key(&self) -> Option<String> {
        Some(self.store_id.to_string())
    }
}
