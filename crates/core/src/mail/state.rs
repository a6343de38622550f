use std::str::FromStr;

/// The life of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailState {
    /// Waits to be sent.
    Queued,
    /// A worker is handing it to the provider.
    Sending,
    /// Handed over, and no answer came: it may have been taken.
    Unknown,
    /// The provider took it.
    Sent,
    /// The reader's server took it.
    Delivered,
    /// The reader's server refused it.
    Bounced,
    /// The provider did not try.
    Dropped,
    /// The reader does not want it, or the address is known to be bad.
    Suppressed,
    /// It cannot be sent.
    Failed,
}

impl MailState {
    /// All states, in the order of a mail's life.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Sending,
        Self::Unknown,
        Self::Sent,
        Self::Delivered,
        Self::Bounced,
        Self::Dropped,
        Self::Suppressed,
        Self::Failed,
    ];

    /// Returns the word in rows and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Dropped => "dropped",
            Self::Suppressed => "suppressed",
            Self::Failed => "failed",
        }
    }
}

/// The text is no state of a mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown mail state {0:?}")]
pub struct UnknownMailState(pub String);

impl FromStr for MailState {
    type Err = UnknownMailState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| UnknownMailState(text.to_owned()))
    }
}
