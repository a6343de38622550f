//! Bodies as they come. Fields that may be missing in one version of the API or another are optional.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use suite_core::{
    billing::{InvoiceFact, SubscriptionView, from_minor, per_month},
    id::AccountId,
    money::Currency,
};

use crate::StripeError;

/// An object by its id, or itself where it was asked for whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Reference {
    Id(String),
    Object { id: String },
}

impl Reference {
    pub(crate) fn into_id(self) -> String {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }
}

/// What we have written on an object, to know it again.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Metadata {
    #[serde(default)]
    account_id: Option<String>,
}

impl Metadata {
    pub(crate) fn account_id(&self) -> Option<AccountId> {
        self.account_id.as_deref()?.parse().ok()
    }
}

/// A page of Stripe's own on which a merchant pays, or looks after cards and invoices.
#[derive(Debug, Clone, Deserialize)]
pub struct Session {
    /// What Stripe calls it.
    pub id: String,
    /// Where it is; of a checkout only as long as it is open.
    pub url: Option<String>,
    #[serde(default)]
    pub(crate) customer: Option<Reference>,
    #[serde(default)]
    pub(crate) subscription: Option<Reference>,
    #[serde(default)]
    pub(crate) payment_status: Option<String>,
    #[serde(default)]
    pub(crate) metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    #[serde(default)]
    pub(crate) has_more: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Subscription {
    id: String,
    customer: Option<Reference>,
    status: String,
    currency: Option<String>,
    #[serde(default)]
    cancel_at_period_end: bool,
    cancel_at: Option<i64>,
    canceled_at: Option<i64>,
    ended_at: Option<i64>,
    /// Until the versions of 2025; since then each item has its own.
    current_period_end: Option<i64>,
    items: Option<List<Item>>,
    latest_invoice: Option<Reference>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
struct Item {
    current_period_end: Option<i64>,
    quantity: Option<i64>,
    price: Option<Price>,
}

#[derive(Debug, Deserialize)]
struct Price {
    id: String,
    currency: Option<String>,
    unit_amount: Option<i64>,
    /// Where a unit costs less than the smallest coin.
    unit_amount_decimal: Option<String>,
    recurring: Option<Recurring>,
}

#[derive(Debug, Deserialize)]
struct Recurring {
    interval: String,
    interval_count: Option<u32>,
}

/// A subscription as a list or an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSubscription {
    /// Whose it is, if it was made here.
    pub account_id: Option<AccountId>,
    /// How it looks.
    pub view: SubscriptionView,
}

pub(crate) fn currency(text: &str) -> Result<Currency, StripeError> {
    let code = text.to_ascii_uppercase();
    code.parse()
        .map_err(|_| StripeError::Unreadable(format!("{text:?} is no currency")))
}

pub(crate) fn moment(seconds: Option<i64>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds?, 0)
}

impl Item {
    fn per_month(&self) -> Result<Decimal, StripeError> {
        let Some(price) = &self.price else {
            return Ok(Decimal::ZERO);
        };
        let Some(code) = &price.currency else {
            return Ok(Decimal::ZERO);
        };
        let currency = currency(code)?;
        let exact = price
            .unit_amount_decimal
            .as_deref()
            .and_then(|text| text.parse::<Decimal>().ok());
        let unit = exact.or(price.unit_amount.map(Decimal::from));
        let minor = unit.unwrap_or_default() * Decimal::from(self.quantity.unwrap_or(1));
        let amount = from_minor(minor, currency);
        let (interval, count) = match &price.recurring {
            Some(recurring) => (
                recurring.interval.as_str(),
                recurring.interval_count.unwrap_or(1),
            ),
            None => return Ok(Decimal::ZERO),
        };
        Ok(per_month(amount, interval, count, currency))
    }
}

impl TryFrom<Subscription> for ListedSubscription {
    type Error = StripeError;

    fn try_from(wire: Subscription) -> Result<Self, StripeError> {
        let items = wire.items.map(|items| items.data).unwrap_or_default();
        let price = || items.iter().find_map(|item| item.price.as_ref());
        let code = wire
            .currency
            .as_deref()
            .or_else(|| price().and_then(|price| price.currency.as_deref()))
            .ok_or_else(|| {
                StripeError::Unreadable("a subscription without a currency".to_owned())
            })?;
        let currency = currency(code)?;
        let mut sum = Decimal::ZERO;
        for item in &items {
            sum += item.per_month()?;
        }
        let item_ends = items.iter().filter_map(|item| item.current_period_end);
        let period_ends_at = moment(wire.current_period_end.or(item_ends.max()));
        let ends_at = if wire.cancel_at_period_end {
            period_ends_at
        } else {
            moment(wire.cancel_at)
        };
        Ok(Self {
            account_id: wire.metadata.unwrap_or_default().account_id(),
            view: SubscriptionView {
                status: wire
                    .status
                    .parse()
                    .map_err(|unknown| StripeError::Unreadable(format!("{unknown}")))?,
                customer_id: wire.customer.map(Reference::into_id),
                price_id: price().map(|price| price.id.clone()),
                per_month: currency.scale(sum),
                currency,
                period_ends_at,
                ends_at,
                canceled_at: moment(wire.canceled_at),
                ended_at: moment(wire.ended_at),
                latest_invoice: wire.latest_invoice.map(Reference::into_id),
                id: wire.id,
            },
        })
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Invoice {
    id: String,
    customer: Option<Reference>,
    currency: String,
    amount_due: i64,
    amount_paid: i64,
    lines: Option<List<Line>>,
    /// Until the versions of 2025.
    subscription: Option<Reference>,
    subscription_details: Option<SubscriptionDetails>,
    /// Since then.
    parent: Option<Parent>,
}

#[derive(Debug, Deserialize)]
struct Parent {
    subscription_details: Option<SubscriptionDetails>,
}

#[derive(Debug, Deserialize)]
struct SubscriptionDetails {
    subscription: Option<Reference>,
    metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
struct Line {
    period: Option<Period>,
}

#[derive(Debug, Deserialize)]
struct Period {
    end: Option<i64>,
}

impl Invoice {
    /// Returns whose it is and what it says; `None` when it is of no subscription.
    pub(crate) fn read(
        self,
        is_paid: bool,
    ) -> Result<(Option<AccountId>, Option<InvoiceFact>), StripeError> {
        let details = self
            .parent
            .and_then(|parent| parent.subscription_details)
            .or(self.subscription_details);
        let (named, metadata) = details.map_or((None, None), |details| {
            (details.subscription, details.metadata)
        });
        let account_id = metadata.unwrap_or_default().account_id();
        let Some(subscription) = named.or(self.subscription) else {
            return Ok((account_id, None));
        };
        let currency = currency(&self.currency)?;
        let lines = self.lines.map(|lines| lines.data).unwrap_or_default();
        let ends = lines.iter().filter_map(|line| line.period.as_ref()?.end);
        let minor = if is_paid {
            self.amount_paid
        } else {
            self.amount_due
        };
        let fact = InvoiceFact {
            id: self.id,
            subscription_id: subscription.into_id(),
            customer_id: self.customer.map(Reference::into_id),
            amount: from_minor(Decimal::from(minor), currency),
            currency,
            pays_until: moment(ends.max()),
        };
        Ok((account_id, Some(fact)))
    }
}
