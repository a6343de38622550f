//! How many jobs of a queue, of an account or against an outside service may run at a time in the whole fleet, and how fast
//! an outside service may be asked.
//!
//! A *service* is named by its job: `sendgrid`, or `shopify:<store>` where each part behind the colon is limited by itself
//! with the figures of the family `shopify`. A *key* is the text by which a limit is known in the database and to the
//! operator.

mod rate;

pub use rate::{ServiceRate, ServiceRates};

use std::collections::BTreeMap;

use crate::{
    id::AccountId,
    job::{Queue, UnknownQueue},
};

/// A limit that a job is subject to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitKey {
    /// Its name: `queue:<queue>`, `account:<queue>:<account>` or `service:<name>`.
    pub name: String,
    /// How many may run at a time.
    pub most: u32,
}

/// What a limit counts: the jobs that run now, in these terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitedJob<'a> {
    /// Its queue.
    pub queue: Queue,
    /// Its account.
    pub account_id: AccountId,
    /// The outside service that it speaks to.
    pub service: Option<&'a str>,
}

impl LimitedJob<'_> {
    /// Returns the names of all limits that could hold it, the widest first.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        let mut names = vec![
            format!("queue:{}", self.queue),
            format!("account:{}:{}", self.queue, self.account_id),
        ];
        names.extend(self.service.map(|service| format!("service:{service}")));
        names
    }
}

/// The limits of the installation: the configured ones, and over them those that the operator has steered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConcurrencyLimits {
    configured: BTreeMap<String, u32>,
    steered: BTreeMap<String, u32>,
}

impl ConcurrencyLimits {
    /// Reads the configured limits: `NAME=NUMBER` for queues, for the accounts of a queue, and for services.
    ///
    /// # Errors
    /// What is wrong with which item.
    pub fn parse(
        queues: &[String],
        accounts: &[String],
        services: &[String],
    ) -> Result<Self, String> {
        let mut configured = BTreeMap::new();
        for (kind, items) in [
            ("queue", queues),
            ("account", accounts),
            ("service", services),
        ] {
            for item in items {
                let (name, most) = item
                    .split_once('=')
                    .ok_or_else(|| format!("{item:?} is not NAME=NUMBER"))?;
                let name = name.trim();
                if kind != "service" {
                    name.parse::<Queue>()
                        .map_err(|unknown: UnknownQueue| unknown.to_string())?;
                }
                let most = most
                    .trim()
                    .parse()
                    .map_err(|_| format!("{item:?} has no whole number behind ="))?;
                configured.insert(format!("{kind}:{name}"), most);
            }
        }
        Ok(Self {
            configured,
            steered: BTreeMap::new(),
        })
    }

    /// Returns the same with what the operator has steered, by key.
    #[must_use]
    pub fn steered(&self, steered: BTreeMap<String, u32>) -> Self {
        Self {
            configured: self.configured.clone(),
            steered,
        }
    }

    /// Tells whether jobs of `queue` are limited, whatever their service.
    #[must_use]
    pub fn bind_queue(&self, queue: Queue) -> bool {
        let of_account = format!("account:{queue}");
        self.has(&format!("queue:{queue}"))
            || self.has(&of_account)
            || self.begins(&format!("{of_account}:"))
    }

    /// Tells whether any service is limited.
    #[must_use]
    pub fn bind_services(&self) -> bool {
        self.begins("service:")
    }

    /// Returns the limits that hold a job, the widest first.
    #[must_use]
    pub fn of(&self, job: LimitedJob<'_>) -> Vec<LimitKey> {
        let limit = |name: String| self.most(&name).map(|most| LimitKey { name, most });
        job.names().into_iter().filter_map(limit).collect()
    }

    /// Returns how many may run under a key, if that is limited.
    ///
    /// What was steered for the very key counts first, then what was steered for its family, then what is configured.
    #[must_use]
    pub fn most(&self, name: &str) -> Option<u32> {
        let family = family(name);
        let steered = |name: &str| self.steered.get(name);
        let configured = |name: &str| self.configured.get(name);
        steered(name)
            .or_else(|| steered(family))
            .or_else(|| configured(name))
            .or_else(|| configured(family))
            .copied()
    }

    fn has(&self, name: &str) -> bool {
        self.steered.contains_key(name) || self.configured.contains_key(name)
    }

    fn begins(&self, prefix: &str) -> bool {
        let begins = |map: &BTreeMap<String, u32>| {
            let mut from = map.range(prefix.to_owned()..);
            from.next()
                .is_some_and(|(name, _)| name.starts_with(prefix))
        };
        begins(&self.steered) || begins(&self.configured)
    }
}

/// Returns the key without its part: `service:shopify` for `service:shopify:17`.
fn family(name: &str) -> &str {
    let mut parts = name.splitn(3, ':');
    let length = parts
        .by_ref()
        .take(2)
        .map(|part| part.len() + 1)
        .sum::<usize>();
    name.get(..length.saturating_sub(1)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &[&str]) -> Vec<String> {
        text.iter().map(ToString::to_string).collect()
    }

    fn limits() -> ConcurrencyLimits {
        ConcurrencyLimits::parse(
            &items(&["email=10"]),
            &items(&["inventory = 2"]),
            &items(&["sendgrid=5", "shopify=1"]),
        )
        .unwrap()
    }

    fn most_of(limits: &ConcurrencyLimits, queue: Queue, service: Option<&str>) -> Vec<u32> {
        let account_id = AccountId::OPERATOR;
        let job = LimitedJob {
            queue,
            account_id,
            service,
        };
        limits.of(job).into_iter().map(|key| key.most).collect()
    }

    #[test]
    fn a_job_is_held_by_its_queue_its_account_and_its_service() {
        let limits = limits();
        assert_eq!(most_of(&limits, Queue::Email, Some("sendgrid")), [10, 5]);
        assert_eq!(
            most_of(&limits, Queue::Inventory, Some("shopify:17")),
            [2, 1]
        );
        assert!(most_of(&limits, Queue::Reports, Some("stripe")).is_empty());
        assert!(limits.bind_queue(Queue::Email) && limits.bind_queue(Queue::Inventory));
        assert!(!limits.bind_queue(Queue::Reports) && limits.bind_services());
        assert!(!ConcurrencyLimits::default().bind_services());
    }

    #[test]
    fn what_the_operator_steers_counts_before_what_is_configured() {
        let steer = |pairs: &[(&str, u32)]| {
            let pairs = pairs.iter().map(|(name, most)| ((*name).to_owned(), *most));
            limits().steered(pairs.collect())
        };
        let one_part = steer(&[("service:shopify:17", 9)]);
        assert_eq!(one_part.most("service:shopify:17"), Some(9));
        assert_eq!(one_part.most("service:shopify:18"), Some(1));
        let family = steer(&[("service:shopify", 4), ("queue:reports", 0)]);
        assert_eq!(family.most("service:shopify:17"), Some(4));
        assert!(family.bind_queue(Queue::Reports));
        let account = format!("account:reports:{}", AccountId::OPERATOR);
        let one_account = steer(&[(&account, 3)]);
        assert_eq!(most_of(&one_account, Queue::Reports, None), [3]);
        assert!(one_account.bind_queue(Queue::Reports));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let parse = |queues: &[&str], services: &[&str]| {
            ConcurrencyLimits::parse(&items(queues), &[], &items(services)).unwrap_err()
        };
        assert!(parse(&["emial=3"], &[]).contains("emial"));
        assert!(parse(&["email"], &[]).contains("NAME=NUMBER"));
        assert!(parse(&[], &["sendgrid=many"]).contains("whole number"));
    }
}
