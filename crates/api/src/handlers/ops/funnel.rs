use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    billing::{ChangeKind, RevenueMonth},
    money::Currency,
};
use suite_db::billing::{self, Funnel, MonthCounts};
use utoipa::{IntoParams, ToSchema};

use crate::{
    App,
    extract::{Operator, Query},
    problem::{ApiResult, ProblemView},
};

/// More would be a table that nobody reads.
const MONTHS_MOST: u32 = 60;
const MONTHS: u32 = 12;

/// How many months to show.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Span {
    /// The present month and those before it: 1 to 60, 12 by default.
    #[param(minimum = 1, maximum = 60, default = 12)]
    months: Option<u32>,
}

/// From the sign-up to the money, over all accounts. Months are those of UTC.
#[derive(Serialize, ToSchema)]
#[schema(as = Funnel)]
pub(crate) struct FunnelView {
    as_of: DateTime<Utc>,
    /// Accounts in their trial.
    active_trials: i64,
    /// Accounts whose trial has ended unpaid.
    expired_trials: i64,
    /// Accounts that are open by a plan, paid or given.
    open_plans: i64,
    /// Accounts whose plan has ended.
    locked_plans: i64,
    /// What happened in each month, the present one last.
    months: Vec<FunnelMonth>,
    /// Recurring revenue, a currency each.
    revenue: Vec<RevenueView>,
}

/// What happened to accounts in a month.
#[derive(Serialize, ToSchema)]
pub(crate) struct FunnelMonth {
    /// `2026-03`.
    month: String,
    sign_ups: i64,
    /// Accounts that were warned of their trial's end.
    warned: i64,
    /// Accounts that paid for the first time.
    converted: i64,
    /// Accounts that stopped paying.
    churned: i64,
}

/// Recurring revenue in one currency.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevenueView {
    currency: String,
    /// What comes in a month at present.
    per_month: String,
    months: Vec<RevenueMonthView>,
}

/// How recurring revenue has moved in a month: the parts, with their signs, lead from `opening` to `closing`.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevenueMonthView {
    /// `2026-03`.
    month: String,
    opening: String,
    /// Of accounts that had never paid.
    new: String,
    /// Of accounts that pay more than before.
    expansion: String,
    /// Of accounts that pay less than before; negative.
    contraction: String,
    /// Of accounts that stopped paying; negative.
    churn: String,
    /// Of accounts that pay again.
    reactivation: String,
    closing: String,
}

impl From<&MonthCounts> for FunnelMonth {
    fn from(row: &MonthCounts) -> Self {
        Self {
            month: row.month.format("%Y-%m").to_string(),
            sign_ups: row.sign_ups,
            warned: row.warned,
            converted: row.converted,
            churned: row.churned,
        }
    }
}

impl RevenueMonthView {
    fn new(row: &RevenueMonth, currency: Currency) -> Self {
        let moved = |kind: ChangeKind| currency.format(row.moved_by(kind));
        Self {
            month: row.month.format("%Y-%m").to_string(),
            opening: currency.format(row.opening),
            new: moved(ChangeKind::New),
            expansion: moved(ChangeKind::Expansion),
            contraction: moved(ChangeKind::Contraction),
            churn: moved(ChangeKind::Churn),
            reactivation: moved(ChangeKind::Reactivation),
            closing: currency.format(row.closing),
        }
    }
}

impl From<Funnel> for FunnelView {
    fn from(funnel: Funnel) -> Self {
        let revenue = funnel.revenue.iter().map(|(currency, months)| RevenueView {
            currency: currency.code().to_owned(),
            per_month: months
                .last()
                .map(|month| currency.format(month.closing))
                .unwrap_or_default(),
            months: months
                .iter()
                .map(|month| RevenueMonthView::new(month, *currency))
                .collect(),
        });
        Self {
            as_of: funnel.as_of,
            active_trials: funnel.counts.active_trials,
            expired_trials: funnel.counts.expired_trials,
            open_plans: funnel.counts.open_plans,
            locked_plans: funnel.counts.locked_plans,
            months: funnel.months.iter().map(FunnelMonth::from).collect(),
            revenue: revenue.collect(),
        }
    }
}

/// Shows how sign-ups become money, month by month.
#[utoipa::path(get, path = "/v1/ops/funnel", tag = "operator", params(Span),
    responses((status = 200, body = FunnelView), (status = 403, body = ProblemView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn funnel(
    app: Data<App>,
    _: Operator,
    Query(span): Query<Span>,
) -> ApiResult<Json<FunnelView>> {
    let months = span.months.unwrap_or(MONTHS);
    if !(1..=MONTHS_MOST).contains(&months) {
        return Err(Error::invalid("months", format!("must be 1 to {MONTHS_MOST}")).into());
    }
    let mut tx = app.db.fleet().await?;
    let funnel = billing::funnel(&mut tx, app.clock.now(), months).await?;
    tx.commit().await?;
    Ok(Json(funnel.into()))
}
