use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::{Job, Queue};

/// Compares what we know of all subscriptions with what Stripe says, and repairs what a lost event has left wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconcilePayments {}

impl Job for ReconcilePayments {
    const NAME: &'static str = "reconcile_payments";
    const QUEUE: Queue = Queue::Maintenance;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(1_800);

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}
