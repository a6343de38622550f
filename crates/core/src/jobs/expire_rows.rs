use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::{Job, Priority, Queue};

/// Drops what has served its time: log-ins, kept answers, uploads that nobody will read, and the record of old ticks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpireRows {}

impl Job for ExpireRows {
    const NAME: &'static str = "expire_rows";
    const QUEUE: Queue = Queue::Maintenance;
    const TIMEOUT: Duration = Duration::from_secs(1_800);
    const PRIORITY: Priority = Priority::Low;

    fn unique_key(&self) -> Option<String> {
        // Should one take longer than the schedule's hour, the next tick joins it.
        Some("all".to_owned())
    }
}
