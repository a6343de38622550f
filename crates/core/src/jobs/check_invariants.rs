use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::{Job, Priority, Queue};

/// Looks at what must always hold, and tells the operator what does not, once, and once more when it does again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInvariants {}

impl Job for CheckInvariants {
    const NAME: &'static str = "check_invariants";
    const QUEUE: Queue = Queue::Maintenance;
    // The next one comes in a minute.
    const MAX_ATTEMPTS: u16 = 3;
    const TIMEOUT: Duration = Duration::from_secs(50);
    const PRIORITY: Priority = Priority::High;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}
