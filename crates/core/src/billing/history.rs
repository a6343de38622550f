use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Fact, PaymentEvent, RevenueChange, Subscription, revenue::Revenue};

/// Until when something is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opens {
    /// It never was.
    Nothing,
    /// Until a known moment, which may have passed.
    Until(DateTime<Utc>),
    /// Without a known end.
    All,
}

/// What all known facts about an account come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// Its subscriptions, by their ids.
    pub subscriptions: Vec<Subscription>,
    /// How what it pays a month has changed, in order.
    pub changes: Vec<RevenueChange>,
}

impl History {
    /// Returns until when the account is open by what it pays; a refused payment closes it after `grace`.
    #[must_use]
    pub fn opens(&self, grace: TimeDelta) -> Opens {
        let opened = self.subscriptions.iter().map(|one| one.opens(grace));
        opened.max().unwrap_or(Opens::Nothing)
    }

    /// Returns the subscription that matters most: the one that is open longest, of these the newest id.
    #[must_use]
    pub fn leading(&self, grace: TimeDelta) -> Option<&Subscription> {
        self.subscriptions
            .iter()
            .max_by_key(|one| (one.opens(grace), one.id.as_str()))
    }
}

/// Recounts an account from all facts that are known about it, in whatever order and however often they are given.
#[must_use]
pub fn recount<'a>(events: impl IntoIterator<Item = &'a PaymentEvent>) -> History {
    let mut sorted: Vec<&PaymentEvent> = events.into_iter().collect();
    sorted.sort_by_key(|event| (event.at, event.fact.rank(), event.id.as_str()));
    sorted.dedup_by_key(|event| event.id.as_str());
    let mut subscriptions: BTreeMap<&str, Subscription> = BTreeMap::new();
    let mut paid: HashSet<&str> = HashSet::new();
    let mut revenue = Revenue::default();
    for (position, event) in sorted.iter().enumerate() {
        let id = event.fact.subscription_id();
        let subscription = subscriptions
            .entry(id)
            .or_insert_with(|| Subscription::unseen(id));
        subscription.learn(event.at, &event.fact, |invoice| paid.contains(invoice));
        if let Fact::InvoicePaid(invoice) = &event.fact {
            paid.insert(&invoice.id);
        }
        // What happens within one second is one change.
        let is_last_of_second = sorted
            .get(position + 1)
            .is_none_or(|next| next.at > event.at);
        if is_last_of_second {
            revenue.note(event.at, subscriptions.values());
        }
    }
    History {
        subscriptions: subscriptions.into_values().collect(),
        changes: revenue.into_changes(),
    }
}
