use actix_web::web::{Data, Json as JsonBody};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use suite_core::{
    Error,
    error::FieldFault,
    id::{AnalysisId, LocationId, StoreId, VendorId},
    inventory::{AnalysisParams, AnalysisWishes, Figures, explain},
    job::NewJob,
    jobs::AnalyzeInventory,
    store_time::store_day,
};
use suite_db::{
    AccountTx,
    inventory::{
        analyses::{self, Analysis},
        analysis_items::{self, Item, ItemFilter},
    },
    jobs,
    stores::{self, Store},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, Json, Listing, Member, PageParams},
    fields::{self, Faults},
    idempotency::IdempotencyKey,
    middleware::request,
    problem::{ApiResult, ProblemView},
    respond::{Answer, PageOf},
    views::{self, JobView},
};

/// What to analyse, and by which terms; what is left out is as usual.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnalysisToMake {
    store_id: Uuid,
    /// The last day that counts, in the store's time zone; today when left out, and not later.
    #[schema(format = "date")]
    as_of: Option<NaiveDate>,
    /// Days up to `as_of` from which demand is taken: 7 to 364, 91 as usual.
    look_back_days: Option<u32>,
    /// The chance in percent that stock lasts until a delivery arrives: 50 to 99.99, 95 as usual.
    service_level: Option<String>,
    /// Days from order to shelf where no vendor says otherwise: 0 to 365, 14 as usual.
    lead_time_days: Option<u32>,
    /// Days until orders are looked at again: 0 to 180, 7 as usual.
    review_days: Option<u32>,
    /// Stock for more days is too much: 1 to 3650, 180 as usual.
    overstock_days: Option<u32>,
    /// Stock without a sale for these days is dead: 1 to 728, 90 as usual.
    dead_days: Option<u32>,
    /// What keeping stock costs a year, in percent of its cost: 0 to 100, 25 as usual.
    holding_rate: Option<String>,
    /// SKUs that are no merchandise, beside postage, fees, samples and vouchers.
    #[serde(default)]
    excluded_skus: Vec<String>,
}

/// An analysis of a store's stock.
#[derive(Serialize, ToSchema)]
#[schema(as = InventoryAnalysis)]
pub(crate) struct AnalysisView {
    id: Uuid,
    store_id: Uuid,
    /// The terms it goes by.
    params: Value,
    /// The job that computes it.
    job_id: Uuid,
    /// How many items there are of each kind, and their value; null until it is computed.
    summary: Option<Value>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

/// A variant at a location, and what is known of it.
#[derive(Serialize, ToSchema)]
#[schema(as = InventoryAnalysisItem)]
pub(crate) struct ItemView {
    /// From 1: what costs most to ignore.
    rank: i32,
    variant_id: Uuid,
    sku: String,
    title: String,
    location_id: Uuid,
    location: String,
    /// From whom it is bought: the preferred vendor, else the quickest.
    vendor_id: Option<Uuid>,
    vendor: Option<String>,
    /// The numbers. What cannot be told is left out: no level without an entry in the ledger, no forecast without history.
    figures: Value,
    /// Of each number by its name: `value`, `formula` and `inputs`.
    explain: Value,
}

impl From<Analysis> for AnalysisView {
    fn from(analysis: Analysis) -> Self {
        Self {
            id: analysis.id.into(),
            store_id: analysis.store_id.into(),
            params: analysis.params,
            job_id: analysis.job_id.into(),
            summary: analysis.summary,
            created_at: analysis.created_at,
            finished_at: analysis.finished_at,
        }
    }
}

fn view(item: Item, params: &AnalysisParams) -> ItemView {
    // What a newer version wrote is shown as it is, without its explanation.
    let figures: Option<Figures> = serde_json::from_value(item.figures.clone()).ok();
    let explained = figures.map(|figures| explain(&figures, params));
    ItemView {
        rank: item.rank,
        variant_id: item.variant_id.into(),
        sku: item.sku,
        title: item.title,
        location_id: item.location_id.into(),
        location: item.location,
        vendor_id: item.vendor_id,
        vendor: item.vendor,
        figures: item.figures,
        explain: serde_json::to_value(explained).unwrap_or_default(),
    }
}

/// Which analyses to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AnalysisFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
}

/// Which items to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemFilters {
    /// Only at this location.
    location_id: Option<Uuid>,
    /// Only of this vendor.
    vendor_id: Option<Uuid>,
    /// Only of this class by gross: `A`, `B` or `C`.
    abc: Option<String>,
    /// Only of this class by variation: `X`, `Y` or `Z`.
    xyz: Option<String>,
    /// Only those to order now, or only the others.
    is_due: Option<bool>,
    /// Only dead stock, or only the others.
    is_dead: Option<bool>,
    /// Only those of which there is too much, or only the others.
    is_overstock: Option<bool>,
    /// Only those for which an order is suggested.
    #[serde(default)]
    is_suggested: bool,
}

/// Starts an analysis: what runs out, what to order, what stock is worth.
#[utoipa::path(post, path = "/v1/inventory/analyses", tag = "inventory", request_body = AnalysisToMake,
    responses((status = 202, body = JobView), (status = 404, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn start(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<AnalysisToMake>,
) -> ApiResult<Answer> {
    let store_id = StoreId::from(body.store_id);
    let now = app.clock.now();
    let work = async |tx: &mut AccountTx| {
        let store = stores::get(tx, store_id).await?;
        let store = store.ok_or(Error::NotFound { what: "store" })?;
        let params = read(&body, today(&store, now)?)?;
        let id = AnalysisId::new();
        let job = NewJob::new(tx.account_id(), &AnalyzeInventory { analysis_id: id })?
            .traced(request::current_traceparent());
        let job = jobs::enqueue(tx, job).await?.job;
        analyses::insert(tx, id, store_id, &params, job.id).await?;
        let answer = views::accepted(tx, job).await?;
        Ok(answer.link(&format!("/v1/inventory/analyses/{id}"), "related"))
    };
    key.run(&app, &who, work).await
}

fn today(store: &Store, now: DateTime<Utc>) -> ApiResult<NaiveDate> {
    let zone: Tz = store
        .timezone
        .parse()
        .map_err(|error: chrono_tz::ParseError| Error::internal(error.to_string()))?;
    Ok(store_day(now, zone))
}

fn read(body: &AnalysisToMake, today: NaiveDate) -> ApiResult<AnalysisParams> {
    let mut faults = Faults::default();
    let as_of = body.as_of.unwrap_or(today);
    if as_of > today || as_of < NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or(today) {
        faults.add("as_of", "must lie between 1900 and today");
    }
    let mut percent = |field: &str, text: &Option<String>| {
        let number = text.as_deref().map(|text| fields::number(field, text));
        number.map(|checked| faults.check(checked)).transpose()
    };
    let wishes = AnalysisWishes {
        look_back_days: body.look_back_days,
        service_level: percent("service_level", &body.service_level)?.flatten(),
        lead_time_days: body.lead_time_days,
        review_days: body.review_days,
        overstock_days: body.overstock_days,
        dead_days: body.dead_days,
        holding_rate: percent("holding_rate", &body.holding_rate)?.flatten(),
        excluded_skus: body.excluded_skus.clone(),
    };
    let params = match AnalysisParams::with(as_of, wishes) {
        Err(Error::Invalid { faults: found }) => {
            for FieldFault { field, message } in found {
                faults.add(field, message);
            }
            None
        }
        other => Some(other?),
    };
    Ok(faults.all(params)?)
}

/// Lists the analyses, the last asked for first. The last 20 of a store are kept.
#[utoipa::path(get, path = "/v1/inventory/analyses", tag = "inventory", params(AnalysisFilters, PageParams),
    responses((status = 200, body = PageOf<AnalysisView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<AnalysisFilters>,
) -> ApiResult<PageOf<AnalysisView>> {
    let page = listing.page;
    let store_id = listing.filters.store_id.map(StoreId::from);
    let mut tx = app.db.account(who.account_id).await?;
    let rows = analyses::list(&mut tx, store_id, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, AnalysisView::from)
}

/// Shows an analysis with its summary.
#[utoipa::path(get, path = "/v1/inventory/analyses/{id}", tag = "inventory", params(("id" = Uuid, Path)),
    responses((status = 200, body = AnalysisView), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn analysis(
    app: Data<App>,
    who: Member,
    Id(id): Id<AnalysisId>,
) -> ApiResult<JsonBody<AnalysisView>> {
    let mut tx = app.db.account(who.account_id).await?;
    Ok(JsonBody(find(&mut tx, id).await?.into()))
}

async fn find(tx: &mut AccountTx, id: AnalysisId) -> ApiResult<Analysis> {
    let analysis = analyses::find(tx, id).await?;
    Ok(analysis.ok_or(Error::NotFound { what: "analysis" })?)
}

/// Lists the items of an analysis, what costs most to ignore first; none until it is computed.
#[utoipa::path(get, path = "/v1/inventory/analyses/{id}/items", tag = "inventory",
    params(("id" = Uuid, Path), ItemFilters, PageParams),
    responses((status = 200, body = PageOf<ItemView>), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn items(
    app: Data<App>,
    who: Member,
    Id(id): Id<AnalysisId>,
    listing: Listing<ItemFilters>,
) -> ApiResult<PageOf<ItemView>> {
    let (page, filters) = (listing.page, listing.filters);
    let mut tx = app.db.account(who.account_id).await?;
    let analysis = find(&mut tx, id).await?;
    let params = serde_json::from_value(analysis.params).map_err(Error::internal)?;
    let filter = ItemFilter {
        location_id: filters.location_id.map(LocationId::from),
        vendor_id: filters.vendor_id.map(VendorId::from),
        abc: filters.abc,
        xyz: filters.xyz,
        is_due: filters.is_due,
        is_dead: filters.is_dead,
        is_overstock: filters.is_overstock,
        is_suggested: filters.is_suggested,
    };
    let rows = analysis_items::list(&mut tx, id, &filter, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.rank, |row| view(row, &params))
}
