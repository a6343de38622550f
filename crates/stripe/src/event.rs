use chrono::{DateTime, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use suite_core::{
    billing::{Fact, Glimpse},
    id::AccountId,
};

use crate::{
    ListedSubscription, Session, StripeError,
    wire::{self, Invoice, Reference},
};

/// What a webhook tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What Stripe calls the event; however often it comes.
    pub id: String,
    /// Its type, such as `invoice.paid`.
    pub kind: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Whose it is, if what it is about was made here.
    pub account_id: Option<AccountId>,
    /// What it means; `None` when it does not concern us.
    pub fact: Option<Fact>,
}

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

/// Reads the body of a webhook whose signature was checked.
///
/// # Errors
/// When it is no event, or one of a kind that concerns us and cannot be read.
pub fn read_event(body: &[u8]) -> Result<Notice, StripeError> {
    let (mut notice, object) = read_outside(body)?;
    (notice.account_id, notice.fact) = read_object(&notice.kind, object)?;
    Ok(notice)
}

/// Reads the body of a webhook, what it is about only if that can be read: enough to keep it.
///
/// # Errors
/// When it is no event.
pub fn read_envelope(body: &[u8]) -> Result<Notice, StripeError> {
    let (mut notice, object) = read_outside(body)?;
    if let Ok((account_id, fact)) = read_object(&notice.kind, object) {
        notice.account_id = account_id;
        notice.fact = fact;
    }
    Ok(notice)
}

fn read_outside(body: &[u8]) -> Result<(Notice, Value), StripeError> {
    let event: Event =
        serde_json::from_slice(body).map_err(|error| StripeError::Unreadable(error.to_string()))?;
    let at = wire::moment(Some(event.created))
        .ok_or_else(|| StripeError::Unreadable("an event without a time".to_owned()))?;
    // What names an event is kept as text, which holds no NUL.
    if event.id.is_empty()
        || [&event.id, &event.kind]
            .iter()
            .any(|name| name.contains('\0'))
    {
        return Err(StripeError::Unreadable(
            "an event without a name".to_owned(),
        ));
    }
    let notice = Notice {
        id: event.id,
        kind: event.kind,
        at,
        account_id: None,
        fact: None,
    };
    Ok((notice, event.data.object))
}

fn read_object(
    kind: &str,
    object: Value,
) -> Result<(Option<AccountId>, Option<Fact>), StripeError> {
    let subscription = |glimpse, object| {
        let read = read_subscription(object)?;
        let fact = Fact::Subscription {
            glimpse,
            view: read.view,
        };
        Ok((read.account_id, Some(fact)))
    };
    match kind {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            read_session(parse(object)?)
        }
        "invoice.paid" => {
            let (account_id, invoice) = parse::<Invoice>(object)?.read(true)?;
            Ok((account_id, invoice.map(Fact::InvoicePaid)))
        }
        "invoice.payment_failed" => {
            let (account_id, invoice) = parse::<Invoice>(object)?.read(false)?;
            Ok((account_id, invoice.map(Fact::InvoiceFailed)))
        }
        "customer.subscription.created" => subscription(Glimpse::Created, object),
        "customer.subscription.deleted" => subscription(Glimpse::Deleted, object),
        "customer.subscription.updated"
        | "customer.subscription.trial_will_end"
        | "customer.subscription.paused"
        | "customer.subscription.resumed" => subscription(Glimpse::Updated, object),
        _ => Ok((None, None)),
    }
}

fn read_session(session: Session) -> Result<(Option<AccountId>, Option<Fact>), StripeError> {
    let account_id = session.metadata.unwrap_or_default().account_id();
    let fact = session.subscription.map(|subscription| {
        let paid = session.payment_status.as_deref();
        Fact::CheckoutCompleted {
            subscription_id: subscription.into_id(),
            customer_id: session.customer.map(Reference::into_id),
            is_paid: matches!(paid, Some("paid" | "no_payment_required")),
        }
    });
    Ok((account_id, fact))
}

/// Reads a subscription as an event or an answer shows it.
///
/// # Errors
/// When it is none, or stands in a way that this version does not know.
pub fn read_subscription(object: Value) -> Result<ListedSubscription, StripeError> {
    parse::<wire::Subscription>(object)?.try_into()
}

fn parse<T: DeserializeOwned>(object: Value) -> Result<T, StripeError> {
    serde_json::from_value(object).map_err(|error| StripeError::Unreadable(error.to_string()))
}
