use chrono::{DateTime, TimeDelta, Utc};

use super::{Fact, History, Opens, PaymentEvent, Subscription, SubscriptionStatus};
use crate::mail::MailContent;

/// What has been over for longer than this is news to nobody, such as what is read when payments are first set up.
const NEWS: TimeDelta = TimeDelta::days(7);

/// A mail about money, and the period by which it is known: it is written once, whatever comes twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentNotice {
    /// What it says.
    pub content: MailContent,
    /// Which invoice or cancellation it is about.
    pub period: String,
}

/// Returns what a merchant is to be told after `fresh` facts came in, by what all facts come to.
#[must_use]
pub fn notices(
    history: &History,
    fresh: &[PaymentEvent],
    grace: TimeDelta,
    now: DateTime<Utc>,
) -> Vec<PaymentNotice> {
    let mut notices: Vec<PaymentNotice> = fresh
        .iter()
        .filter_map(|event| received(event, now))
        .collect();
    for subscription in &history.subscriptions {
        // Who pays for another one has nothing to fear.
        if history.opens(grace) != Opens::All {
            notices.extend(failed(subscription, fresh, grace, now));
        }
        notices.extend(cancelled(subscription, grace, now));
    }
    notices
}

fn received(event: &PaymentEvent, now: DateTime<Utc>) -> Option<PaymentNotice> {
    let Fact::InvoicePaid(invoice) = &event.fact else {
        return None;
    };
    let is_news = now - event.at < NEWS && !invoice.amount.is_zero();
    is_news.then(|| PaymentNotice {
        content: MailContent::PaymentReceived {
            amount: format!(
                "{} {}",
                invoice.currency.format(invoice.amount),
                invoice.currency
            ),
            paid_until: invoice.pays_until.unwrap_or(event.at),
        },
        period: invoice.id.clone(),
    })
}

fn failed(
    subscription: &Subscription,
    fresh: &[PaymentEvent],
    grace: TimeDelta,
    now: DateTime<Utc>,
) -> Option<PaymentNotice> {
    let since = subscription.failed_since?;
    let locked_at = since + grace;
    let is_over = subscription.status == SubscriptionStatus::Canceled;
    if is_over || now >= locked_at {
        return None;
    }
    let invoice = subscription.failed_invoice.as_deref();
    let told = fresh.iter().find_map(|event| match &event.fact {
        Fact::InvoiceFailed(failed) if Some(failed.id.as_str()) == invoice => {
            Some((failed.amount, failed.currency))
        }
        _ => None,
    });
    let (amount, currency) = told.or(subscription
        .currency
        .map(|currency| (subscription.per_month, currency)))?;
    Some(PaymentNotice {
        content: MailContent::PaymentFailed {
            amount: format!("{} {currency}", currency.format(amount)),
            locked_at,
        },
        period: invoice.map_or_else(
            || format!("{}/{}", subscription.id, since.timestamp()),
            ToOwned::to_owned,
        ),
    })
}

fn cancelled(
    subscription: &Subscription,
    grace: TimeDelta,
    now: DateTime<Utc>,
) -> Option<PaymentNotice> {
    let canceled_at = subscription.canceled_at?;
    let is_by_will = subscription.failed_since.is_none();
    let Opens::Until(access_until) = subscription.opens(grace) else {
        return None;
    };
    (is_by_will && now - canceled_at < NEWS).then(|| PaymentNotice {
        content: MailContent::SubscriptionCancelled { access_until },
        period: format!("{}/{}", subscription.id, canceled_at.timestamp()),
    })
}
