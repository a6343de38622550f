use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::{Job, Queue};

/// Restores the newest backup into a database of its own, compares it with its manifest, and drops it again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillBackup {}

impl Job for DrillBackup {
    const NAME: &'static str = "drill_backup";
    const QUEUE: Queue = Queue::Maintenance;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(4 * 3600);

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}
