use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    id::MailId,
    job::{Backoff, Job, Queue},
};

/// Hands one mail to the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendEmail {
    /// The mail to send.
    pub mail_id: MailId,
}

impl Job for SendEmail {
    const NAME: &'static str = "send_email";
    const QUEUE: Queue = Queue::Email;
    /// With its backoff some ten hours: a provider that is away for longer is a matter for the operator.
    const MAX_ATTEMPTS: u16 = 12;
    const TIMEOUT: Duration = Duration::from_secs(60);
    const BACKOFF: Backoff = Backoff {
        first: Duration::from_secs(15),
        longest: Duration::from_secs(7_200),
    };

    fn unique_key(&self) -> Option<String> {
        Some(self.mail_id.to_string())
    }
}
