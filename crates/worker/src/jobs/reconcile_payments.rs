use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use suite_core::{
    Error,
    billing::{Fact, Glimpse, PaymentEvent},
    id::AccountId,
    job::NewJob,
    jobs::{ApplyPaymentEvent, ReconcilePayments},
};
use suite_db::{
    audit::{self, AuditEntry},
    billing, jobs,
};
use suite_stripe::{ListedSubscription, Stripe, StripeError, SubscriptionPage};

use crate::runtime::{JobContext, JobError};

/// An event that has not been taken in for so long is stuck.
const STUCK: TimeDelta = TimeDelta::hours(1);
/// Stuck events that are started again in one night.
const STUCK_MOST: i64 = 1_000;

/// What came of a comparison.
#[derive(Default)]
struct Found {
    seen: usize,
    repaired: usize,
    /// Of no account of ours: another product is sold by the same Stripe account, or one of ours was erased.
    strange: usize,
    unreadable: usize,
}

/// Goes through all subscriptions that Stripe knows, and takes in what they look like where that is not what we know.
pub(crate) async fn run(_: ReconcilePayments, context: &JobContext) -> Result<Value, JobError> {
    let Some(stripe) = context.stripe() else {
        return Ok(json!({"skipped": "payments are not set up"}));
    };
    let (mut found, mut after) = (Found::default(), None);
    loop {
        context.check_cancelled()?;
        let read_at = context.clock().now();
        let page = read_page(stripe, after.as_deref(), context).await?;
        found.unreadable += page.unreadable;
        for listed in page.subscriptions {
            found.seen += 1;
            compare(listed, read_at, &mut found, context).await?;
        }
        context.progress(found.seen as u64, None, "subscriptions", "comparing");
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let restarted = restart_stuck(context).await?;
    if found.unreadable > 0 {
        tracing::error!(
            count = found.unreadable,
            "subscriptions at Stripe cannot be read"
        );
    }
    Ok(json!({
        "seen": found.seen, "repaired": found.repaired, "strange": found.strange,
        "unreadable": found.unreadable, "restarted": restarted,
    }))
}

async fn read_page(
    stripe: &Stripe,
    after: Option<&str>,
    context: &JobContext,
) -> Result<SubscriptionPage, JobError> {
    let service = context.service("stripe");
    service.take(1).await?;
    match stripe.subscriptions(after).await {
        Err(StripeError::Busy {
            after: Some(wait), ..
        }) => Err(service.close_for(wait).await),
        read => Ok(read.map_err(Error::from)?),
    }
}

async fn compare(
    listed: ListedSubscription,
    read_at: DateTime<Utc>,
    found: &mut Found,
    context: &JobContext,
) -> Result<(), JobError> {
    let mut tx = context.db().fleet().await?;
    let customer_id = listed.view.customer_id.as_deref();
    let account_id = billing::account_of(&mut tx, listed.account_id, customer_id).await?;
    tx.commit().await?;
    match account_id {
        None => found.strange += 1,
        Some(account_id) => {
            found.repaired += usize::from(repair(account_id, listed, read_at, context).await?);
        }
    }
    Ok(())
}

/// Takes in how a subscription looks if it is not known to look so; tells whether it was not.
async fn repair(
    account_id: AccountId,
    listed: ListedSubscription,
    read_at: DateTime<Utc>,
    context: &JobContext,
) -> Result<bool, JobError> {
    let view = listed.view;
    let mut tx = context.db().account(account_id).await?;
    let known = billing::subscriptions(&mut tx).await?;
    let known = known.into_iter().find(|row| row.id == view.id);
    if known.as_ref().is_some_and(|row| row.looks_like(&view)) {
        return Ok(false);
    }
    let (id, status) = (view.id.clone(), view.status.name());
    let event = PaymentEvent {
        id: format!("read:{id}:{}", read_at.timestamp_micros()),
        at: read_at,
        fact: Fact::Subscription {
            glimpse: Glimpse::Read,
            view,
        },
    };
    billing::learn(&mut tx, &event).await?;
    let grace = context.settings().billing.grace();
    let settled = billing::settle(&mut tx, grace, context.clock().now()).await?;
    let before = known.map(|row| row.status);
    let entry = AuditEntry {
        actor: format!("job:{}", context.job_id()),
        action: "repair_subscription",
        subject: id.clone(),
        detail: json!({"before": before, "after": status}),
        at: context.clock().now(),
    };
    audit::record(&mut tx, &entry).await?;
    tx.commit().await?;
    context.dispatch(&settled.jobs);
    metrics::counter!("payments_repaired_total").increment(1);
    tracing::warn!(
        account.id = %account_id,
        subscription.id = id,
        before,
        after = status,
        "a subscription was not as Stripe has it, and was put right"
    );
    Ok(true)
}

/// Starts events again whose job is gone: it died, or was called off.
async fn restart_stuck(context: &JobContext) -> Result<usize, JobError> {
    let before = context.clock().now() - STUCK;
    let mut tx = context.db().fleet().await?;
    let stuck = billing::stuck(&mut tx, before, STUCK_MOST).await?;
    let mut tx = tx.for_account(AccountId::OPERATOR).await?;
    let mut started = Vec::new();
    for event_id in stuck {
        let new = NewJob::new(AccountId::OPERATOR, &ApplyPaymentEvent { event_id })?
            .traced(Some(context.traceparent()));
        let enqueued = jobs::enqueue(&mut tx, new).await?;
        if enqueued.is_new {
            started.push(enqueued.job);
        }
    }
    tx.commit().await?;
    context.dispatch(&started);
    Ok(started.len())
}
