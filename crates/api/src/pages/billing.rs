//! What the account pays, with the ways to Stripe's own pages.

use actix_web::{HttpResponse, ResponseError, http::header::CONTENT_SECURITY_POLICY, web::Data};
use askama::Template;
use chrono_tz::Tz;
use serde::Deserialize;

use super::{
    display::{Moment, grouped},
    form::{Faults, Form},
    render,
    shell::{Section, Shell},
    visitor::Visitor,
};
use crate::{
    App,
    extract::{Member, Query},
    handlers::billing::{self, BillingView, PageAddress},
    idempotency::IdempotencyKey,
    problem::{ApiResult, Problem},
};

/// As for every page, but that its forms may lead to Stripe: browsers hold `form-action` against where a form is sent on to.
const POLICY: &str = "default-src 'self'; base-uri 'none'; \
                      form-action 'self' https://checkout.stripe.com https://billing.stripe.com; \
                      frame-ancestors 'none'; object-src 'none'";

/// What Stripe's pages send along when they send the browser back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Return {
    paid: Option<String>,
}

#[derive(Template)]
#[template(path = "billing.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) faults: Faults,
    pub(super) standing: &'static str,
    /// One sentence that says how the account stands.
    pub(super) told: String,
    pub(super) until: Option<Moment>,
    pub(super) price: String,
    pub(super) can_pay: bool,
    /// Whether a payment was made just now that Stripe has not told yet.
    pub(super) is_awaited: bool,
    pub(super) has_paid: bool,
    pub(super) can_cancel: bool,
    pub(super) can_subscribe: bool,
}

/// Shows how the account stands.
pub(super) async fn show(
    app: Data<App>,
    who: Visitor,
    Query(query): Query<Return>,
) -> ApiResult<HttpResponse> {
    let page = load(&app, &who, Faults::default(), query.paid.is_some()).await?;
    answer(render::page(&page)?)
}

fn answer(mut response: HttpResponse) -> ApiResult<HttpResponse> {
    let policy = actix_web::http::header::HeaderValue::from_static(POLICY);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

async fn load(app: &App, who: &Visitor, faults: Faults, has_returned: bool) -> ApiResult<Page> {
    let (mut tx, mut shell) = Shell::open(app, who, Section::Billing, "Billing").await?;
    let view = billing::view(app, &mut tx).await?;
    tx.commit().await?;
    let is_awaited = has_returned && view.subscription.is_none();
    shell.live(is_awaited);
    let live = view.subscription.as_ref().filter(|one| {
        let status = one
            .status
            .parse::<suite_core::billing::SubscriptionStatus>();
        status.is_ok_and(suite_core::billing::SubscriptionStatus::is_live)
    });
    Ok(Page {
        told: told(&view),
        until: Moment::maybe(view.access_until, Tz::UTC),
        price: format!("{} {}", grouped(&view.price.amount), view.price.currency),
        can_pay: view.can_pay,
        has_paid: view.subscription.is_some(),
        can_cancel: live.is_some_and(|one| one.ends_at.is_none()),
        can_subscribe: live.is_none() && !is_awaited,
        standing: view.standing,
        is_awaited,
        shell,
        faults,
    })
}

fn told(view: &BillingView) -> String {
    let subscription = view.subscription.as_ref();
    let has_open_payment = subscription.is_some_and(|one| one.payment_failed_at.is_some());
    match view.standing {
        "trial" => "Your trial is running. Nothing is charged unless you choose the plan.",
        "active" => "Your plan is paid. Thank you.",
        "ending" if has_open_payment => {
            "Your last payment was refused. Please check your card: your account is locked if it stays open."
        }
        "ending" => "Your plan is cancelled. Everything works until it ends.",
        _ if has_open_payment => {
            "Your account is locked because a payment is open. Your data stays, and you can read and export it."
        }
        _ => "Your account is locked. Your data stays, and you can read and export it.",
    }
    .to_owned()
}

/// Leads to Stripe's page for paying.
pub(super) async fn checkout(
    app: Data<App>,
    who: Visitor,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let key = key.or(form.key());
    let opened = billing::checkout(app.clone(), who.0.clone(), key).await;
    lead(&app, &who, opened.map(|page| page.0)).await
}

/// Leads to Stripe's page for cards and invoices.
pub(super) async fn portal(
    app: Data<App>,
    who: Visitor,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let key = key.or(form.key());
    let opened = billing::portal(app.clone(), who.0.clone(), key).await;
    lead(&app, &who, opened.map(|page| page.0)).await
}

/// Cancels at the end of what is paid.
pub(super) async fn cancel(
    app: Data<App>,
    who: Visitor,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let member: Member = who.0.clone();
    match billing::cancel(app.clone(), member, key.or(form.key())).await {
        Ok(_) => Ok(render::go_to("/billing")),
        Err(problem) => again(&app, &who, problem).await,
    }
}

async fn lead(
    app: &App,
    who: &Visitor,
    opened: Result<PageAddress, Problem>,
) -> ApiResult<HttpResponse> {
    match opened {
        Ok(page) => Ok(render::go_to(&page.url)),
        Err(problem) => again(app, who, problem).await,
    }
}

/// Shows the page once more with what was refused; what is a fault of ours stays a failure.
async fn again(app: &App, who: &Visitor, problem: Problem) -> ApiResult<HttpResponse> {
    let (status, faults) = (problem.status_code(), Faults::of(problem)?);
    let page = load(app, who, faults, false).await?;
    answer(render::page_with(status, &page)?)
}
