//! What an account pays, and the ways to Stripe's own pages. Open also to who is locked.

mod pay;

pub(crate) use pay::{
    __path_cancel, __path_checkout, __path_portal, PageAddress, cancel, checkout, portal,
};

use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use serde::Serialize;
use suite_core::{Error, billing::Access, money::Currency};
use suite_db::{
    AccountTx,
    billing::{self, SubscriptionRow},
};
use utoipa::ToSchema;

use crate::{
    App,
    extract::{Member, NoFilters, Query},
    problem::{ApiResult, ProblemView},
};

/// How an account stands, and what it pays.
#[derive(Serialize, ToSchema)]
#[schema(as = Billing)]
pub(crate) struct BillingView {
    /// `trial`; `active`: paid; `ending`: open until `access_until`; `locked`: only reading, files and paying are left.
    pub(crate) standing: &'static str,
    /// When the trial ends or ended.
    pub(crate) trial_ends_at: DateTime<Utc>,
    /// When access ends, if that is known: the trial's end, the end of what is paid after a cancellation, or of the days of grace
    /// after a refused payment.
    pub(crate) access_until: Option<DateTime<Utc>>,
    /// Whether payments are set up here.
    pub(crate) can_pay: bool,
    /// What a month costs.
    pub(crate) price: PriceView,
    /// The subscription, if there is or was one.
    pub(crate) subscription: Option<SubscriptionView>,
}

/// A price.
#[derive(Serialize, ToSchema)]
#[schema(as = Price)]
pub(crate) struct PriceView {
    /// As a decimal.
    pub(crate) amount: String,
    pub(crate) currency: String,
    /// `month`.
    pub(crate) interval: &'static str,
}

/// What is paid for.
#[derive(Serialize, ToSchema)]
#[schema(as = Subscription)]
pub(crate) struct SubscriptionView {
    /// Stripe's word for how it stands, such as `active` or `past_due`.
    pub(crate) status: String,
    /// What it comes to in a month.
    pub(crate) amount_per_month: String,
    /// Null before it was seen.
    pub(crate) currency: Option<String>,
    /// Until when it is paid or to be paid.
    pub(crate) period_ends_at: Option<DateTime<Utc>>,
    /// When it ends, if it was cancelled.
    pub(crate) ends_at: Option<DateTime<Utc>>,
    /// Since when a payment is open, if one is.
    pub(crate) payment_failed_at: Option<DateTime<Utc>>,
}

impl From<SubscriptionRow> for SubscriptionView {
    fn from(row: SubscriptionRow) -> Self {
        let currency: Option<Currency> = row.currency.as_deref().and_then(|code| code.parse().ok());
        Self {
            amount_per_month: currency.map_or_else(
                || row.per_month.to_string(),
                |one| one.format(row.per_month),
            ),
            currency: row.currency,
            status: row.status,
            period_ends_at: row.period_ends_at,
            ends_at: row.ended_at.or(row.ends_at),
            payment_failed_at: row.failed_since,
        }
    }
}

/// Tells how the account stands and what it pays.
#[utoipa::path(get, path = "/v1/billing", tag = "billing",
    responses((status = 200, body = BillingView), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    app: Data<App>,
    who: Member,
    _: Query<NoFilters>,
) -> ApiResult<Json<BillingView>> {
    let mut tx = app.db.account(who.account_id).await?;
    Ok(Json(view(&app, &mut tx).await?))
}

/// Returns what [`get`] answers.
pub(crate) async fn view(app: &App, tx: &mut AccountTx) -> ApiResult<BillingView> {
    let access = read_access(tx).await?;
    let subscription = billing::subscriptions(tx).await?.into_iter().next();
    let standing = access.standing(app.clock.now());
    let config = &app.settings.billing;
    Ok(BillingView {
        standing: standing.name(),
        trial_ends_at: access.trial_ends_at,
        access_until: match access.plan {
            suite_core::billing::Plan::Trial => Some(access.trial_ends_at),
            _ => access.access_until,
        },
        can_pay: app.stripe.is_some(),
        price: PriceView {
            amount: config.price.clone(),
            currency: config.currency.clone(),
            interval: "month",
        },
        subscription: subscription.map(SubscriptionView::from),
    })
}

async fn read_access(tx: &mut AccountTx) -> ApiResult<Access> {
    let access = billing::access(tx).await?;
    Ok(access.ok_or(Error::NotFound { what: "account" })?)
}
