//! Reports: asking for them, looking at them, downloading them.

mod file;
mod stream;

pub(crate) use file::{__path_file, FileParams, file};

use actix_web::web::{Data, Json as JsonBody};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use suite_core::{
    Error,
    id::{ReportId, StoreId, UserId},
    job::NewJob,
    jobs::{BuildReport, MailReport},
    report::{ReportKind, ReportParams, ReportWish},
};
use suite_db::{
    AccountTx, jobs,
    reports::{self, NewReport, Report, ReportSummary},
    stores,
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, Json, Listing, Member, PageParams, Via},
    idempotency::IdempotencyKey,
    middleware::request,
    problem::{ApiResult, ProblemView},
    respond::{Answer, PageOf},
    views::{self, JobView},
};

/// A report, without its result.
#[derive(Serialize, ToSchema)]
#[schema(as = Report)]
pub(crate) struct ReportView {
    id: Uuid,
    store_id: Uuid,
    /// `revenue`, `products`, `customers`, `cohorts`, `inventory_value`, `sell_through` or `reorder`.
    kind: String,
    /// What it covers: `from`, `to`, `group_by` and, where asked for, `compare`.
    params: Value,
    /// The job that computes it.
    job_id: Uuid,
    created_at: DateTime<Utc>,
    /// When its result was there.
    finished_at: Option<DateTime<Utc>>,
}

/// A report with its result.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportDetail {
    #[serde(flatten)]
    report: ReportView,
    /// `currency`, `timezone`, `from`, `to`, `totals`, `series` and, where asked for, `comparison`; null until it is computed.
    /// `totals`, and each row of a series with its `key` and `label`, have the figures of the kind. Amounts and quantities are
    /// decimal strings, percentages too (`"12.5"` is 12.5 %); what cannot be told is absent.
    ///
    /// - `revenue`: `gross` (sales before discounts), `discounts`, `returns`, `adjustments`, `net` (gross − discounts − returns +
    ///   adjustments), `tax`, `shipping`, `total` (net + tax + shipping), `orders` (with at least one sale; in rows of products
    ///   an order counts for each of its products), `units` (sold; returns do not lower it), `customers` (known ones with a
    ///   sale), `aov` (gross ÷ orders).
    /// - `products` (merchandise only): `vendor`, `gross`, `discounts`, `returns`, `net`, `units`, `orders`, `average_price` (gross ÷
    ///   units), `return_percent` (returns ÷ gross), `share_percent` (of the gross of all merchandise), `cumulative_percent`
    ///   (with all rows before), `abc` (A until 80 % of the gross, B until 95 %), `previous_gross`, `change_percent`.
    /// - `customers` (known ones with a sale in the range): `customers`, `country`, `segment`, `orders`, `gross`, `net`, `aov`,
    ///   `share_percent` (of the net of all known customers), `first_order_on` and `last_order_on` (in the range),
    ///   `recency_days` (from the last one to `to`), `recency_score`, `frequency_score`, `monetary_score` (1 + ⌊5 × worse ÷ all⌋),
    ///   `unknown_gross` (sales to nobody known, which count nowhere else).
    /// - `cohorts`: `customers` (whose first purchase ever lies in the month), `gross`, `gross_per_customer`, `active` (who bought
    ///   in that month, the next, …), `retention_percent` (active ÷ customers; in the totals of those that lived so long).
    /// - `inventory_value`: `vendor`, `variants`, `on_hand`, `unit_cost` (average), `value_average`, `value_fifo`, `age_days`,
    ///   `unit_price`, `retail_value`, `unvalued` (variants without a cost, which are missing in the values).
    /// - `sell_through`: `vendor`, `variants`, `units`, `gross`, `opening`, `received`, `on_hand`, `sell_through_percent` (units ÷
    ///   (`units` + `on_hand`), of what has a ledger).
    /// - `reorder`: `vendor` (from whom it is bought), `location`, `items`, `available`, `incoming`, `demand_per_day`,
    ///   `days_of_cover`, `sell_out_on`, `last_order_on`, `reorder_point`, `suggested_quantity`, `unit_cost`, `cost`,
    ///   `lost_revenue_per_day`, `cost_of_ignoring`.
    ///
    /// `comparison` has `with`, `from`, `to`, `totals`, and in `change` of each figure `difference` (now − then) and `percent` (of the
    /// size then; null when that was zero). Of a series longer than 5,000 rows the first ones stand here, and `row_counts` says
    /// how many there are: its files have all. docs/REPORTS.md has formulas and examples.
    result: Option<Value>,
}

/// What to report.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportToMake {
    store_id: Uuid,
    /// `revenue` (what was sold and given back), `products` (merchandise ranked by gross), `customers` (scored by recency,
    /// frequency and money), `cohorts` (retention by month of first purchase), `inventory_value` (average cost and FIFO at the
    /// end of a day), `sell_through` (sold of what was there) or `reorder` (what to order).
    kind: String,
    /// The first day, in the store's time zone. `inventory_value` and `reorder` describe the day `to` alone and need none.
    #[schema(format = "date")]
    from: Option<String>,
    /// The last day, included.
    #[schema(format = "date")]
    to: String,
    /// The series wanted. `revenue`: `day`, `week`, `month`, `product`, `vendor`, `country`, `channel`, `customer`; an empty
    /// list means totals only. `products`, `inventory_value`, `sell_through`, `reorder`: `product`, `vendor`. `customers`:
    /// `segment`, `customer`. `cohorts`: `cohort`. Of these an empty list means all.
    #[serde(default)]
    group_by: Vec<String>,
    /// `previous_period` (as long, directly before; whole months against whole months) or `previous_year`; `revenue` and
    /// `products` only.
    compare: Option<String>,
    /// Whether to mail when it is ready: to who is logged in; for a program, to all who log in for the account.
    #[serde(default)]
    notify: bool,
}

/// Which reports to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportFilters {
    /// Only about this store.
    store_id: Option<Uuid>,
}

impl From<ReportSummary> for ReportView {
    fn from(report: ReportSummary) -> Self {
        Self {
            id: report.id.into(),
            store_id: report.store_id.into(),
            kind: report.kind,
            params: report.params,
            job_id: report.job_id.into(),
            created_at: report.created_at,
            finished_at: report.finished_at,
        }
    }
}

impl From<Report> for ReportDetail {
    fn from(report: Report) -> Self {
        Self {
            report: report.summary.into(),
            result: report.result,
        }
    }
}

/// Starts a report.
#[utoipa::path(post, path = "/v1/reports", tag = "reports", request_body = ReportToMake,
    responses((status = 202, body = JobView), (status = 404, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn create(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<ReportToMake>,
) -> ApiResult<Answer> {
    let (kind, params) = ReportParams::parse(&ReportWish {
        kind: &body.kind,
        from: body.from.as_deref(),
        to: &body.to,
        group_by: &body.group_by,
        compare: body.compare.as_deref(),
    })?;
    let store_id = StoreId::from(body.store_id);
    let notify = Some(Readers::of(&who)).filter(|_| body.notify);
    let work = async |tx: &mut AccountTx| start(tx, store_id, (kind, params), notify).await;
    key.run(&app, &who, work).await
}

/// Who is told that a report is ready.
#[derive(Clone, Copy)]
enum Readers {
    Person(UserId),
    All,
}

async fn start(
    tx: &mut AccountTx,
    store_id: StoreId,
    (kind, params): (ReportKind, ReportParams),
    notify: Option<Readers>,
) -> ApiResult<Answer> {
    let store = stores::get(tx, store_id).await?;
    store.ok_or(Error::NotFound { what: "store" })?;
    let id = ReportId::new();
    let mut job = NewJob::new(tx.account_id(), &BuildReport { report_id: id })?
        .traced(request::current_traceparent());
    if let Some(readers) = notify {
        job = job.then(NewJob::new(tx.account_id(), &readers.mail(id))?);
    }
    let job = jobs::enqueue(tx, job).await?.job;
    let new = NewReport {
        id,
        store_id,
        kind,
        params,
        job_id: job.id,
    };
    reports::insert(tx, &new).await?;
    let answer = views::accepted(tx, job).await?;
    Ok(answer.link(&format!("/v1/reports/{id}"), "related"))
}

impl Readers {
    fn of(who: &Member) -> Self {
        match who.via {
            Via::Session(id) => Self::Person(id),
            Via::Token(_) | Via::Link => Self::All,
        }
    }

    fn mail(self, report_id: ReportId) -> MailReport {
        MailReport {
            report_id,
            schedule_id: None,
            day: None,
            user_id: match self {
                Self::Person(id) => Some(id),
                Self::All => None,
            },
        }
    }
}

/// Lists the reports, newest first.
#[utoipa::path(get, path = "/v1/reports", tag = "reports", params(ReportFilters, PageParams),
    responses((status = 200, body = PageOf<ReportView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<ReportFilters>,
) -> ApiResult<PageOf<ReportView>> {
    let page = listing.page;
    let store_id = listing.filters.store_id.map(StoreId::from);
    let mut tx = app.db.account(who.account_id).await?;
    let rows = reports::list(&mut tx, store_id, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, ReportView::from)
}

/// Shows a report with its result.
#[utoipa::path(get, path = "/v1/reports/{id}", tag = "reports", params(("id" = Uuid, Path)),
    responses((status = 200, body = ReportDetail), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    app: Data<App>,
    who: Member,
    Id(id): Id<ReportId>,
) -> ApiResult<JsonBody<ReportDetail>> {
    let mut tx = app.db.account(who.account_id).await?;
    Ok(JsonBody(find(&mut tx, id).await?.into()))
}

async fn find(tx: &mut AccountTx, id: ReportId) -> ApiResult<Report> {
    let report = reports::find(tx, id).await?;
    Ok(report.ok_or(Error::NotFound { what: "report" })?)
}
