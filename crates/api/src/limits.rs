//! How many requests an account, an address or a log-in name may make.
//!
//! The state is in Redis, shared by all processes. While Redis is away each process holds a stricter limit of its own: never none.

mod local;

use std::{sync::Arc, time::Duration};

use suite_core::config::LimitsConfig;
use suite_queue::{Limit, RateLimiter, Verdict};

use self::local::LocalLimiter;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// The limits of the installation.
#[derive(Clone)]
pub(crate) struct Limits {
    shared: RateLimiter,
    local: Arc<LocalLimiter>,
    /// For everything that a known account asks.
    pub(crate) account: Limit,
    /// For what a known account asks by one API token.
    pub(crate) token: Limit,
    /// For everything that an address asks without showing valid credentials.
    pub(crate) address: Limit,
    /// For attempts to log in from one address.
    pub(crate) login_address: Limit,
    /// For attempts to log in with one name, from wherever.
    pub(crate) login_name: Limit,
    /// For asking for mails from one address, whoever is to read them.
    pub(crate) mail_address: Limit,
    /// For mails to one reader that nobody who is logged in has asked for.
    pub(crate) mail_reader: Limit,
    /// For following links of mails from one address.
    pub(crate) link_address: Limit,
}

impl Limits {
    pub(crate) fn new(config: &LimitsConfig, shared: RateLimiter) -> Self {
        let steady = |name, requests| Limit {
            name,
            requests,
            window: MINUTE,
            burst: (requests / 5).max(1),
        };
        // A person mistypes in quick succession, so all tries may come at once.
        let tries = |name| Limit {
            burst: config.login_per_minute.max(1),
            ..steady(name, config.login_per_minute)
        };
        Self {
            shared,
            local: Arc::default(),
            account: steady("account", config.account_per_minute),
            token: steady("token", config.token_per_minute),
            address: steady("address", config.address_per_minute),
            login_address: tries("login_address"),
            login_name: tries("login_name"),
            mail_address: tries("mail_address"),
            mail_reader: Limit {
                name: "mail_reader",
                requests: config.mails_per_hour,
                window: HOUR,
                burst: config.mails_per_hour.max(1),
            },
            link_address: steady("link_address", config.links_per_minute),
        }
    }

    /// Counts one request of `subject` and judges it.
    pub(crate) async fn check(&self, limit: Limit, subject: &str) -> Verdict {
        match self.shared.check(limit, subject).await {
            Some(verdict) => verdict,
            None => self.local.check(limit, subject),
        }
    }
}
