use actix_web::web::{Data, Json as JsonBody};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    id::{StockCheckId, StoreId},
    job::NewJob,
    jobs::CheckStockLedger,
    money::format_quantity,
};
use suite_db::{
    AccountTx,
    inventory::checks::{self, Check, Difference},
    jobs, stores,
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, Json, Listing, Member, PageParams},
    idempotency::IdempotencyKey,
    middleware::request,
    problem::{ApiResult, ProblemView},
    respond::{Answer, PageOf},
    views::{self, JobView},
};

/// The most differences that are shown; all are kept.
const DIFFERENCES_SHOWN: i64 = 1_000;

/// One comparison of the levels with the ledger.
#[derive(Serialize, ToSchema)]
#[schema(as = StockCheck)]
pub(crate) struct CheckView {
    id: Uuid,
    store_id: Uuid,
    /// How many levels were compared: three a variant and location.
    levels: i64,
    /// How many of them say something else than their lines in the ledger add up to.
    differences: i64,
    checked_at: DateTime<Utc>,
}

/// A comparison with what differs.
#[derive(Serialize, ToSchema)]
#[schema(as = StockCheckDetail)]
pub(crate) struct CheckDetail {
    #[serde(flatten)]
    check: CheckView,
    /// The first 1,000 differences.
    items: Vec<DifferenceView>,
}

/// A level that the ledger contradicts. It is shown as it is, and mended by nobody but you.
#[derive(Serialize, ToSchema)]
#[schema(as = StockDifference)]
pub(crate) struct DifferenceView {
    variant_id: Uuid,
    location_id: Uuid,
    /// `on_hand`, `reserved` or `incoming`.
    level: String,
    /// What the level says.
    level_quantity: String,
    /// What the lines of the ledger add up to.
    ledger_quantity: String,
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        Self {
            id: check.id.into(),
            store_id: check.store_id.into(),
            levels: check.levels,
            differences: check.differences,
            checked_at: check.checked_at,
        }
    }
}

impl From<Difference> for DifferenceView {
    fn from(difference: Difference) -> Self {
        Self {
            variant_id: difference.variant_id.into(),
            location_id: difference.location_id.into(),
            level: difference.level,
            level_quantity: format_quantity(difference.level_quantity),
            ledger_quantity: format_quantity(difference.ledger_quantity),
        }
    }
}

/// Which store's ledger to check.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckToMake {
    store_id: Uuid,
}

/// Which checks to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
}

/// Starts a check: the ledger is added up and compared with the levels. One runs a store at a time.
#[utoipa::path(post, path = "/v1/inventory/checks", tag = "inventory", request_body = CheckToMake,
    responses((status = 202, body = JobView), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn start(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<CheckToMake>,
) -> ApiResult<Answer> {
    let work = async |tx: &mut AccountTx| {
        let store_id = StoreId::from(body.store_id);
        let store = stores::get(tx, store_id).await?;
        store.ok_or(Error::NotFound { what: "store" })?;
        let job = NewJob::new(tx.account_id(), &CheckStockLedger { store_id })?
            .traced(request::current_traceparent());
        let job = jobs::enqueue(tx, job).await?.job;
        views::accepted(tx, job).await
    };
    key.run(&app, &who, work).await
}

/// Lists the checks, the last first.
#[utoipa::path(get, path = "/v1/inventory/checks", tag = "inventory", params(CheckFilters, PageParams),
    responses((status = 200, body = PageOf<CheckView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<CheckFilters>,
) -> ApiResult<PageOf<CheckView>> {
    let page = listing.page;
    let store_id = listing.filters.store_id.map(StoreId::from);
    let mut tx = app.db.account(who.account_id).await?;
    let rows = checks::list(&mut tx, store_id, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, CheckView::from)
}

/// Shows a check with what differs.
#[utoipa::path(get, path = "/v1/inventory/checks/{id}", tag = "inventory", params(("id" = Uuid, Path)),
    responses((status = 200, body = CheckDetail), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn check(
    app: Data<App>,
    who: Member,
    Id(id): Id<StockCheckId>,
) -> ApiResult<JsonBody<CheckDetail>> {
    let mut tx = app.db.account(who.account_id).await?;
    let check = checks::find(&mut tx, id).await?;
    let check = check.ok_or(Error::NotFound { what: "check" })?;
    let items = checks::differences(&mut tx, id, DIFFERENCES_SHOWN).await?;
    Ok(JsonBody(CheckDetail {
        check: check.into(),
        items: items.into_iter().map(DifferenceView::from).collect(),
    }))
}
