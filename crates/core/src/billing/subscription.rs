use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Fact, InvoiceFact, Opens, SubscriptionView};
use crate::money::Currency;

/// How a subscription stands at the payment service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// Its first payment has not come in.
    Incomplete,
    /// Its first payment never came in.
    IncompleteExpired,
    /// In a trial that the service keeps.
    Trialing,
    /// Paid.
    Active,
    /// A renewal was refused, and is tried again.
    PastDue,
    /// A renewal was refused, and is not tried again.
    Unpaid,
    /// Over.
    Canceled,
    /// Stands still.
    Paused,
}

impl SubscriptionStatus {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Incomplete,
        Self::IncompleteExpired,
        Self::Trialing,
        Self::Active,
        Self::PastDue,
        Self::Unpaid,
        Self::Canceled,
        Self::Paused,
    ];

    /// Returns the service's own word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Canceled => "canceled",
            Self::Paused => "paused",
        }
    }

    /// Tells whether a further subscription would be one too many.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(
            self,
            Self::Trialing | Self::Active | Self::PastDue | Self::Unpaid | Self::Paused
        )
    }
}

/// The text is no status of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown status of a subscription {0:?}")]
pub struct UnknownStatus(pub String);

impl FromStr for SubscriptionStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.name() == text)
            .ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

/// A subscription, as it is by all that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// What the service calls it.
    pub id: String,
    /// Who pays, as the service calls them.
    pub customer_id: Option<String>,
    /// How it stands.
    pub status: SubscriptionStatus,
    /// What was bought.
    pub price_id: Option<String>,
    /// What it comes to in a month; nothing before it was seen.
    pub per_month: Decimal,
    /// In which currency.
    pub currency: Option<Currency>,
    /// Until when it is paid or to be paid.
    pub period_ends_at: Option<DateTime<Utc>>,
    /// When it ends by itself, if somebody has called it off.
    pub ends_at: Option<DateTime<Utc>>,
    /// When it was called off.
    pub canceled_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Since when a payment is open, if one is.
    pub failed_since: Option<DateTime<Utc>>,
    /// Of which invoice.
    pub failed_invoice: Option<String>,
}

impl Subscription {
    pub(super) fn unseen(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            customer_id: None,
            status: SubscriptionStatus::Incomplete,
            price_id: None,
            per_month: Decimal::ZERO,
            currency: None,
            period_ends_at: None,
            ends_at: None,
            canceled_at: None,
            ended_at: None,
            failed_since: None,
            failed_invoice: None,
        }
    }

    /// Takes the next fact in; `is_paid` tells whether an invoice was paid before it.
    pub(super) fn learn(
        &mut self,
        at: DateTime<Utc>,
        fact: &Fact,
        is_paid: impl FnOnce(&str) -> bool,
    ) {
        if let Some(customer_id) = fact.customer_id() {
            self.customer_id = Some(customer_id.to_owned());
        }
        // What is over stays so: the service revives none, it makes a new one.
        if self.status == SubscriptionStatus::Canceled {
            return;
        }
        match fact {
            Fact::CheckoutCompleted { is_paid: true, .. } => self.open(),
            Fact::CheckoutCompleted { is_paid: false, .. } => {}
            Fact::InvoicePaid(invoice) => self.pay(invoice),
            Fact::InvoiceFailed(invoice) if !is_paid(&invoice.id) => self.fail(at, invoice),
            Fact::InvoiceFailed(_) => {}
            Fact::Subscription { view, .. } => self.see(at, view),
        }
    }

    fn open(&mut self) {
        if self.status == SubscriptionStatus::Incomplete {
            self.status = SubscriptionStatus::Active;
        }
    }

    fn pay(&mut self, invoice: &InvoiceFact) {
        use SubscriptionStatus::{Active, Incomplete, PastDue, Unpaid};
        // Paying an older invoice opens nothing while a newer one is open.
        let is_other = self
            .failed_invoice
            .as_ref()
            .is_some_and(|failed| *failed != invoice.id);
        if !is_other {
            self.failed_since = None;
            self.failed_invoice = None;
            if matches!(self.status, Incomplete | PastDue | Unpaid) {
                self.status = Active;
            }
        }
        self.period_ends_at = self.period_ends_at.max(invoice.pays_until);
    }

    fn fail(&mut self, at: DateTime<Utc>, invoice: &InvoiceFact) {
        use SubscriptionStatus::{Active, PastDue, Trialing, Unpaid};
        // A first payment that fails opens nothing, and so takes nothing away.
        if matches!(self.status, Active | Trialing | PastDue | Unpaid) {
            if self.status != Unpaid {
                self.status = PastDue;
            }
            self.failed_since.get_or_insert(at);
            self.failed_invoice = Some(invoice.id.clone());
        }
    }

    fn see(&mut self, at: DateTime<Utc>, view: &SubscriptionView) {
        use SubscriptionStatus::{PastDue, Unpaid};
        self.status = view.status;
        self.price_id.clone_from(&view.price_id);
        self.per_month = view.per_month;
        self.currency = Some(view.currency);
        self.period_ends_at = view.period_ends_at;
        self.ends_at = view.ends_at;
        self.canceled_at = view.canceled_at;
        self.ended_at = view.ended_at;
        match view.status {
            PastDue | Unpaid => {
                self.failed_since.get_or_insert(at);
                if self.failed_invoice.is_none() {
                    self.failed_invoice.clone_from(&view.latest_invoice);
                }
            }
            SubscriptionStatus::Canceled => {
                self.ended_at.get_or_insert(at);
                self.canceled_at.get_or_insert(at);
            }
            _ => {
                self.failed_since = None;
                self.failed_invoice = None;
            }
        }
    }

    /// Returns what it opens, and until when; a refused payment closes it after `grace`.
    #[must_use]
    pub fn opens(&self, grace: TimeDelta) -> Opens {
        use SubscriptionStatus::{
            Active, Canceled, Incomplete, IncompleteExpired, PastDue, Paused, Trialing, Unpaid,
        };
        let in_grace = self.failed_since.map(|since| since + grace);
        match self.status {
            Incomplete | IncompleteExpired => Opens::Nothing,
            Active | Trialing => self.ends_at.map_or(Opens::All, Opens::Until),
            PastDue | Unpaid => Opens::Until(earlier(in_grace, self.ends_at)),
            Canceled => Opens::Until(earlier(in_grace, self.ended_at)),
            Paused => Opens::Until(earlier(None, self.period_ends_at)),
        }
    }

    /// Returns what comes in for it each month at present.
    #[must_use]
    pub fn revenue(&self) -> Option<(Currency, Decimal)> {
        use SubscriptionStatus::{Active, PastDue};
        let pays = matches!(self.status, Active | PastDue) && !self.per_month.is_zero();
        self.currency
            .filter(|_| pays)
            .map(|currency| (currency, self.per_month))
    }
}

/// Neither is known only where a row was written by hand; then it has ended long ago.
fn earlier(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> DateTime<Utc> {
    match (one, other) {
        (Some(one), Some(other)) => one.min(other),
        (one, other) => one.or(other).unwrap_or(DateTime::UNIX_EPOCH),
    }
}
