use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::{Job, Queue};

/// Writes the whole database to the bucket, reads it back, and then deletes backups that have served their time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackUpDatabase {}

impl Job for BackUpDatabase {
    const NAME: &'static str = "back_up_database";
    const QUEUE: Queue = Queue::Maintenance;
    const MAX_ATTEMPTS: u16 = 8;
    const TIMEOUT: Duration = Duration::from_secs(4 * 3600);

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}
