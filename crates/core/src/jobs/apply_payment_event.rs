use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::{Backoff, Job, Priority, Queue};

/// Takes in what Stripe has told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyPaymentEvent {
    /// What Stripe calls the event, which is kept already.
    pub event_id: String,
}

impl Job for ApplyPaymentEvent {
    const NAME: &'static str = "apply_payment_event";
    const QUEUE: Queue = Queue::Maintenance;
    /// Money waits for the database, not for us: with its backoff some two hours.
    const MAX_ATTEMPTS: u16 = 20;
    const TIMEOUT: Duration = Duration::from_secs(60);
    const BACKOFF: Backoff = Backoff::DEFAULT;
    /// Somebody has paid and looks at a page.
    const PRIORITY: Priority = Priority::High;

    fn unique_key(&self) -> Option<String> {
        Some(self.event_id.clone())
    }
}
