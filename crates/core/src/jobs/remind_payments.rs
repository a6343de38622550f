use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::{Job, Queue};

/// Reminds accounts of a payment that is open before they are locked, and tells them when they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemindPayments {}

impl Job for RemindPayments {
    const NAME: &'static str = "remind_payments";
    const QUEUE: Queue = Queue::Maintenance;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(600);
}
