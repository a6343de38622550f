use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    id::StoreId,
    job::{Job, Priority, Queue},
};

/// Adds a store's sales up again from their lines, and mends the sums that say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildRollups {
    /// The store to look at.
    pub store_id: StoreId,
}

impl Job for RebuildRollups {
    const NAME: &'static str = "rebuild_rollups";
    const QUEUE: Queue = Queue::Inventory;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(3_600);
    const PRIORITY: Priority = Priority::Low;

    fn unique_key(&self) -> Option<String> {
        Some(self.store_id.to_string())
    }
}
