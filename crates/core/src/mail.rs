//! What is mailed, to whom it may be, and what becomes of it. How it reads belongs to the worker.

mod content;
mod event;
mod state;

pub use content::{AlertItem, MailContent};
pub use event::{MailEvent, MailEventKind};
pub use state::{MailState, UnknownMailState};

/// What a mail is about, as far as somebody may ask not to get it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailTopic {
    /// Belongs to the account and its money: always sent.
    Account,
    /// The trial's warnings.
    Trial,
    /// Reports, also those that come by themselves.
    Reports,
    /// Stock that runs out.
    Alerts,
}

impl MailTopic {
    /// All topics.
    pub const ALL: [Self; 4] = [Self::Account, Self::Trial, Self::Reports, Self::Alerts];

    /// Returns the name kept in rows and links.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Trial => "trial",
            Self::Reports => "reports",
            Self::Alerts => "alerts",
        }
    }

    /// Finds the topic of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// Tells whether a reader may stop it.
    #[must_use]
    pub const fn may_be_stopped(self) -> bool {
        !matches!(self, Self::Account)
    }
}
