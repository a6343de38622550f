//! What the provider tells of a mail after it has taken it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{MailState, MailTopic};
use crate::id::{AccountId, MailId};

/// What happened to a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailEventKind {
    /// The reader's server took it.
    Delivered,
    /// The reader's server refused it for good: there is no such reader.
    Bounced,
    /// The reader's server refused it this time.
    Blocked,
    /// The provider did not try: it knows the address as bad.
    Dropped,
    /// The reader called it spam.
    SpamReported,
    /// The reader wants no more of what may be stopped.
    Unsubscribed,
}

/// One event as the provider tells it, without its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailEvent {
    /// The provider's own id of it.
    pub id: String,
    /// Whose mail.
    pub account_id: AccountId,
    /// Which.
    pub mail_id: MailId,
    /// What happened.
    pub kind: MailEventKind,
    /// Why, in our words.
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl MailEventKind {
    /// Returns the word in rows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Blocked => "blocked",
            Self::Dropped => "dropped",
            Self::SpamReported => "spam_reported",
            Self::Unsubscribed => "unsubscribed",
        }
    }

    /// Returns the state that it makes, and how much that one knows: of two states the one that knows more stays, so that
    /// events may come in any order.
    #[must_use]
    pub const fn state(self) -> Option<(MailState, i16)> {
        match self {
            Self::Delivered => Some((MailState::Delivered, 2)),
            Self::Dropped => Some((MailState::Dropped, 3)),
            Self::Bounced | Self::Blocked => Some((MailState::Bounced, 4)),
            // The mail itself was delivered.
            Self::SpamReported | Self::Unsubscribed => None,
        }
    }

    /// Returns what its reader gets no more of: topics, or `None` among them for everything.
    #[must_use]
    pub fn suppresses(self) -> BTreeSet<Option<MailTopic>> {
        match self {
            Self::Delivered | Self::Blocked => BTreeSet::new(),
            Self::Bounced | Self::Dropped | Self::SpamReported => BTreeSet::from([None]),
            Self::Unsubscribed => MailTopic::ALL
                .into_iter()
                .filter(|topic| topic.may_be_stopped())
                .map(Some)
                .collect(),
        }
    }
}
