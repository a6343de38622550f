use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::SubscriptionStatus;
use crate::money::Currency;

/// Something that has happened at the payment service, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentEvent {
    /// What the service calls it: the same event has the same id, however often it comes.
    pub id: String,
    /// When it happened there, to the second.
    pub at: DateTime<Utc>,
    /// What happened.
    pub fact: Fact,
}

/// What happened, as far as it concerns us. Kept in rows: names stay, and new fields need `#[serde(default)]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A merchant went through the pages of the service to their end.
    CheckoutCompleted {
        /// What was subscribed.
        subscription_id: String,
        /// Who pays, as the service calls them.
        customer_id: Option<String>,
        /// Whether money has come in already.
        is_paid: bool,
    },
    /// An invoice was paid.
    InvoicePaid(InvoiceFact),
    /// An attempt to collect an invoice failed; there may be more.
    InvoiceFailed(InvoiceFact),
    /// How a subscription looked.
    Subscription {
        /// On which occasion.
        glimpse: Glimpse,
        /// How.
        view: SubscriptionView,
    },
}

/// An invoice of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceFact {
    /// What the service calls it.
    pub id: String,
    /// For what it is.
    pub subscription_id: String,
    /// Who pays, as the service calls them.
    pub customer_id: Option<String>,
    /// How much came in, or should have.
    pub amount: Decimal,
    /// In which currency.
    pub currency: Currency,
    /// Until when it pays.
    pub pays_until: Option<DateTime<Utc>>,
}

/// On which occasion a subscription was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Glimpse {
    /// It was made.
    Created,
    /// It was changed, or its trial is about to end.
    Updated,
    /// It is over.
    Deleted,
    /// We asked for it.
    Read,
}

/// How a subscription looked at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    /// What the service calls it.
    pub id: String,
    /// Who pays, as the service calls them.
    pub customer_id: Option<String>,
    /// How it stands there.
    pub status: SubscriptionStatus,
    /// What was bought.
    pub price_id: Option<String>,
    /// What it comes to in a month.
    pub per_month: Decimal,
    /// In which currency.
    pub currency: Currency,
    /// Until when it is paid or to be paid.
    pub period_ends_at: Option<DateTime<Utc>>,
    /// When it ends by itself, if somebody has called it off.
    pub ends_at: Option<DateTime<Utc>>,
    /// When it was called off.
    pub canceled_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Its newest invoice.
    pub latest_invoice: Option<String>,
}

impl Fact {
    /// Returns the subscription that it is about.
    #[must_use]
    pub fn subscription_id(&self) -> &str {
        match self {
            Self::CheckoutCompleted {
                subscription_id, ..
            } => subscription_id,
            Self::InvoicePaid(invoice) | Self::InvoiceFailed(invoice) => &invoice.subscription_id,
            Self::Subscription { view, .. } => &view.id,
        }
    }

    /// Returns who pays, as the service calls them.
    #[must_use]
    pub fn customer_id(&self) -> Option<&str> {
        let id = match self {
            Self::CheckoutCompleted { customer_id, .. } => customer_id,
            Self::InvoicePaid(invoice) | Self::InvoiceFailed(invoice) => &invoice.customer_id,
            Self::Subscription { view, .. } => &view.customer_id,
        };
        id.as_deref()
    }

    /// Orders what happened within one second, which is all that the service tells: as a checkout and a renewal go.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Subscription {
                glimpse: Glimpse::Created,
                ..
            } => 0,
            Self::CheckoutCompleted { .. } => 1,
            Self::InvoiceFailed(_) => 2,
            Self::Subscription {
                glimpse: Glimpse::Updated,
                ..
            } => 3,
            Self::InvoicePaid(_) => 4,
            Self::Subscription {
                glimpse: Glimpse::Read,
                ..
            } => 5,
            Self::Subscription {
                glimpse: Glimpse::Deleted,
                ..
            } => 6,
        }
    }
}
