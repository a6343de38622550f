use suite_core::{id::AccountId, job::Queue};

use crate::{CacheKey, CacheTopic};

/// The names of all keys and channels, under one prefix, so that installations and tests can share a Redis.
#[derive(Debug, Clone)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    /// Makes the names for one installation.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
        }
    }

    /// The accounts of a queue that have waiting jobs, in the order of their turns.
    pub(crate) fn ring(&self, queue: Queue) -> String {
        format!("{}:{queue}:ring", self.prefix)
    }

    /// What a queue's list keys begin with; the account, a colon and the priority follow.
    pub(crate) fn lists(&self, queue: Queue) -> String {
        format!("{}:{queue}:ids:", self.prefix)
    }

    /// The tokens that wake a queue's idle workers.
    pub(crate) fn wake(&self, queue: Queue) -> String {
        format!("{}:{queue}:wake", self.prefix)
    }

    /// Is there as long as this Redis has not been wiped.
    pub(crate) fn generation(&self) -> String {
        format!("{}:generation", self.prefix)
    }

    /// Set by whoever may have lost ids; the keeper then looks for them.
    pub(crate) fn sweep(&self) -> String {
        format!("{}:sweep", self.prefix)
    }

    /// The channel on which changes of jobs are announced.
    pub(crate) fn events(&self) -> String {
        format!("{}:events", self.prefix)
    }

    /// The channel on which jobs that should stop are announced to the workers.
    pub(crate) fn stops(&self) -> String {
        format!("{}:stops", self.prefix)
    }

    /// The state of one rate limit.
    pub(crate) fn rate_limit(&self, name: &str, subject: &str) -> String {
        format!("{}:limit:{name}:{subject}", self.prefix)
    }

    /// Which answers of an account that are made of a topic are still good.
    pub(crate) fn cache_version(&self, topic: CacheTopic, account_id: AccountId) -> String {
        format!("{}:cache:{account_id}:{}", self.prefix, topic.name())
    }

    /// What the names of a kept answer begin with; its version follows.
    pub(crate) fn cache_entries(&self, key: &CacheKey) -> String {
        let CacheKey {
            kind,
            account_id,
            subject,
        } = key;
        format!(
            "{}:cache:{account_id}:{}:{subject}:",
            self.prefix,
            kind.name()
        )
    }

    /// The bucket of an outside service.
    pub(crate) fn service(&self, name: &str) -> String {
        format!("{}:service:{name}", self.prefix)
    }
}
