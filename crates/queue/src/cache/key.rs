use std::time::Duration;

use suite_core::{config::CacheConfig, id::AccountId};

/// A kind of answer that may be kept. None of them holds personal data: Redis must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheKind {
    /// How a store does: figures by month, product and country.
    Overview,
}

/// What answers are made of: a write that changes it drops them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CacheTopic {
    /// The account's sales, with its stores and the names of what it sells.
    Sales,
}

impl CacheKind {
    /// Returns its name in keys and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
        }
    }

    /// Returns what its answers are made of.
    #[must_use]
    pub const fn topic(self) -> CacheTopic {
        match self {
            Self::Overview => CacheTopic::Sales,
        }
    }

    /// Returns how long an answer may be kept; zero means not at all.
    #[must_use]
    pub fn life(self, config: &CacheConfig) -> Duration {
        Duration::from_secs(match self {
            Self::Overview => config.overview_seconds,
        })
    }
}

impl CacheTopic {
    /// Returns its name in keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sales => "sales",
        }
    }
}

/// Which answer, and whose: without an account there is no key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey {
    /// Its kind.
    pub kind: CacheKind,
    /// Whose.
    pub account_id: AccountId,
    /// Which of the kind: everything that was asked for.
    pub subject: String,
}
