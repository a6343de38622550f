use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    id::StoreId,
    job::{Job, Priority, Queue},
};

/// Erases everything below a store that its merchant has deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteStore {
    /// The store to erase.
    pub store_id: StoreId,
}

impl Job for DeleteStore {
    const NAME: &'static str = "delete_store";
    const QUEUE: Queue = Queue::Maintenance;
    const MAX_ATTEMPTS: u16 = 20;
    const TIMEOUT: Duration = Duration::from_secs(3_600);
    const PRIORITY: Priority = Priority::Low;

    fn unique_key(&self) -> Option<String> {
        Some(self.store_id.to_string())
    }
}
