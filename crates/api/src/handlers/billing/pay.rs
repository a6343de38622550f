use actix_web::{
    http::{StatusCode, header::RETRY_AFTER},
    web::{Data, Json},
};
use serde::Serialize;
use serde_json::json;
use suite_core::{
    Error,
    billing::{Fact, Glimpse, PaymentEvent},
};
use suite_db::{
    AccountTx,
    audit::{self, AuditEntry},
    billing,
};
use suite_stripe::{Checkout, ListedSubscription, Stripe, StripeError};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{BillingView, view};
use crate::{
    App,
    extract::Member,
    idempotency::IdempotencyKey,
    problem::{ApiResult, Problem, ProblemView, whole_seconds},
};

/// A page of Stripe's.
#[derive(Serialize, ToSchema)]
#[schema(as = StripePage)]
pub(crate) struct PageAddress {
    /// Where to send the browser.
    pub(crate) url: String,
}

/// Begins a request to Stripe: its client, the account's rows, and what makes the request the same when it is sent again,
/// which is the key that came, or one of this request.
async fn begin<'a>(
    app: &'a App,
    who: &Member,
    key: &IdempotencyKey,
    what: &str,
) -> ApiResult<(&'a Stripe, AccountTx, String)> {
    let stripe = app.stripe.as_ref().ok_or_else(|| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Payments are not set up here.",
        )
    })?;
    let tx = app.db.account(who.account_id).await?;
    let own = || Uuid::now_v7().to_string();
    let key = key.text().map_or_else(own, ToOwned::to_owned);
    Ok((stripe, tx, format!("{what}:{}:{key}", who.account_id)))
}

/// What Stripe did not do is said without its words: 503 when it may do it later.
fn refused(error: StripeError) -> Problem {
    match error {
        StripeError::Busy {
            after: Some(retry_after),
            ..
        } => Problem::from(Error::unavailable(error))
            .with_header(RETRY_AFTER, &whole_seconds(retry_after).to_string()),
        StripeError::Busy { .. } | StripeError::Silent => Error::unavailable(error).into(),
        StripeError::Refused { .. } | StripeError::Unreadable(_) => {
            let service = "stripe";
            Error::Upstream {
                service,
                source: error.into(),
            }
            .into()
        }
    }
}

/// Opens Stripe's page on which the plan is paid. Access begins when Stripe tells us, whether the browser comes back or not.
#[utoipa::path(post, path = "/v1/billing/checkout", tag = "billing",
    responses((status = 200, body = PageAddress),
        (status = 409, description = "There is a subscription already.", body = ProblemView),
        (status = 503, description = "Payments are not set up here, or Stripe is away.", body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn checkout(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
) -> ApiResult<Json<PageAddress>> {
    let (stripe, mut tx, key) = begin(&app, &who, &key, "checkout").await?;
    if billing::live(&mut tx).await?.is_some() {
        return Err(Error::Conflict {
            reason: "there is a subscription already; POST /v1/billing/portal opens it".to_owned(),
        }
        .into());
    }
    let customer_id = billing::leading_customer(&mut tx).await?;
    let email = billing::owner_email(&mut tx).await?.unwrap_or_default();
    // Not held while Stripe is asked.
    tx.commit().await?;
    let config = &app.settings.billing;
    let page = format!("{}/billing", app.settings.http.base_url);
    let wanted = Checkout {
        account_id: who.account_id,
        customer_id: customer_id.as_deref(),
        email: &email,
        price_id: &config.stripe_price_id,
        setup_price_id: Some(config.stripe_setup_price_id.as_str()).filter(|id| !id.is_empty()),
        success_url: &format!("{page}?paid=1"),
        cancel_url: &page,
    };
    let session = stripe.start_checkout(&wanted, &key).await;
    address(session.map_err(refused)?.url)
}

/// Opens Stripe's page for cards, invoices and the subscription.
#[utoipa::path(post, path = "/v1/billing/portal", tag = "billing",
    responses((status = 200, body = PageAddress),
        (status = 409, description = "Nothing was ever paid.", body = ProblemView),
        (status = 503, description = "Payments are not set up here, or Stripe is away.", body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn portal(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
) -> ApiResult<Json<PageAddress>> {
    let (stripe, mut tx, key) = begin(&app, &who, &key, "portal").await?;
    let customer_id = billing::leading_customer(&mut tx).await?;
    tx.commit().await?;
    let customer_id = customer_id.ok_or_else(|| Error::Conflict {
        reason: "nothing was ever paid here; POST /v1/billing/checkout begins".to_owned(),
    })?;
    let page = format!("{}/billing", app.settings.http.base_url);
    let session = stripe.open_portal(&customer_id, &page, &key).await;
    address(session.map_err(refused)?.url)
}

fn address(url: Option<String>) -> ApiResult<Json<PageAddress>> {
    let url = url.ok_or_else(|| Error::Conflict {
        reason: "this page was used already; ask with another Idempotency-Key".to_owned(),
    })?;
    Ok(Json(PageAddress { url }))
}

/// Cancels the subscription at the end of what is paid. Everything works until then.
#[utoipa::path(post, path = "/v1/billing/cancel", tag = "billing",
    responses((status = 200, body = BillingView),
        (status = 409, description = "There is no subscription.", body = ProblemView),
        (status = 503, description = "Payments are not set up here, or Stripe is away.", body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn cancel(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
) -> ApiResult<Json<BillingView>> {
    let (stripe, mut tx, key) = begin(&app, &who, &key, "cancel").await?;
    let live = billing::live(&mut tx).await?;
    tx.commit().await?;
    let live = live.ok_or_else(|| Error::Conflict {
        reason: "there is no subscription".to_owned(),
    })?;
    let read = stripe.end_with_period(&live.id, true, &key).await;
    let read = read.map_err(refused)?;
    Ok(Json(take_in(&app, &who, read).await?))
}

/// Stripe's answer counts as an event, so that the merchant sees it before the webhook has come.
async fn take_in(app: &App, who: &Member, read: ListedSubscription) -> ApiResult<BillingView> {
    let now = app.clock.now();
    let subscription_id = read.view.id.clone();
    let event = PaymentEvent {
        id: format!("read:{subscription_id}:{}", now.timestamp_micros()),
        at: now,
        fact: Fact::Subscription {
            glimpse: Glimpse::Read,
            view: read.view,
        },
    };
    let mut tx = app.db.account(who.account_id).await?;
    billing::learn(&mut tx, &event).await?;
    let settled = billing::settle(&mut tx, app.settings.billing.grace(), now).await?;
    let entry = AuditEntry {
        actor: who.actor(),
        action: "cancel_subscription",
        subject: subscription_id,
        detail: json!({}),
        at: now,
    };
    audit::record(&mut tx, &entry).await?;
    let view = view(app, &mut tx).await?;
    tx.commit().await?;
    app.broker.dispatch(&settled.jobs);
    Ok(view)
}
