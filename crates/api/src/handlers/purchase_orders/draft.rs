use std::collections::HashSet;

use actix_web::web::Data;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use suite_core::{
    Error,
    id::{AnalysisId, LocationId, PurchaseOrderId, StoreId, VariantId},
    inventory::PurchaseState,
};
use suite_db::{
    AccountTx,
    imports::{default_location, hold_store},
    inventory::{
        analyses, analysis_items, levels,
        purchase_orders::{self, NewLine, NewPurchaseOrder},
        supplier_prices,
        vendors::{self, Vendor},
    },
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{PurchaseOrderDetail, detail, missing};
use crate::{
    App,
    extract::{Id, IfMatch, Json, Member, etag},
    fields::{self, Faults},
    idempotency::IdempotencyKey,
    problem::{ApiResult, ProblemView},
    respond::Answer,
};

/// The most lines of an order.
const LINES_MAX: usize = 1_000;
const NOTE_CHARS: usize = 2_000;

/// An order to draft: of these lines, or of what an analysis suggests to order from the vendor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PurchaseOrderToMake {
    store_id: Uuid,
    vendor_id: Uuid,
    /// Where the goods go; the store's default location when left out.
    location_id: Option<Uuid>,
    /// What to tell the vendor, up to 2,000 characters.
    note: Option<String>,
    #[schema(format = "date")]
    expected_on: Option<NaiveDate>,
    /// Takes the first 1,000 suggestions of this analysis for the vendor and location, at the vendor's prices.
    analysis_id: Option<Uuid>,
    #[serde(default)]
    #[schema(max_items = 1000)]
    lines: Vec<PurchaseOrderLineToMake>,
}

/// A line to order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PurchaseOrderLineToMake {
    variant_id: Uuid,
    /// How many, above zero.
    quantity: String,
    /// For how much each, in the vendor's currency; the vendor's price when left out.
    unit_price: Option<String>,
}

/// What to change of a draft; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PurchaseOrderToChange {
    note: Option<String>,
    #[schema(format = "date")]
    expected_on: Option<NaiveDate>,
    /// All lines of the order from now on.
    #[schema(max_items = 1000)]
    lines: Option<Vec<PurchaseOrderLineToMake>>,
}

struct Wanted {
    variant_id: VariantId,
    quantity: Decimal,
    unit_price: Option<Decimal>,
}

fn check_note(faults: &mut Faults, note: Option<&str>) {
    if note.is_some_and(|note| note.chars().count() > NOTE_CHARS) {
        faults.add("note", format!("must have at most {NOTE_CHARS} characters"));
    }
}

fn check_lines(faults: &mut Faults, lines: &[PurchaseOrderLineToMake]) -> ApiResult<Vec<Wanted>> {
    if lines.is_empty() || lines.len() > LINES_MAX {
        faults.add("lines", format!("must be 1 to {LINES_MAX}"));
    }
    let mut seen = HashSet::new();
    let mut wanted = Vec::with_capacity(lines.len());
    for (position, line) in lines.iter().enumerate() {
        let field = |name| format!("lines[{position}].{name}");
        if !seen.insert(line.variant_id) {
            faults.add(field("variant_id"), "stands in a line before");
        }
        let quantity = faults.check(fields::positive(&field("quantity"), &line.quantity))?;
        let price = line.unit_price.as_deref();
        let price = price.map(|text| fields::amount(&field("unit_price"), text));
        wanted.push(Wanted {
            variant_id: line.variant_id.into(),
            quantity: quantity.unwrap_or_default(),
            unit_price: price
                .map(|checked| faults.check(checked))
                .transpose()?
                .flatten(),
        });
    }
    Ok(wanted)
}

/// Drafts an order to a vendor.
#[utoipa::path(post, path = "/v1/purchase-orders", tag = "purchasing", request_body = PurchaseOrderToMake,
    responses((status = 201, body = PurchaseOrderDetail), (status = 404, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn create(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<PurchaseOrderToMake>,
) -> ApiResult<Answer> {
    let mut faults = Faults::default();
    check_note(&mut faults, body.note.as_deref());
    let wanted = match (body.analysis_id, body.lines.is_empty()) {
        (Some(_), true) => Vec::new(),
        (Some(_), false) => {
            faults.add("lines", "must be left out when `analysis_id` is given");
            Vec::new()
        }
        (None, _) => check_lines(&mut faults, &body.lines)?,
    };
    faults.all(Some(()))?;
    let work = async |tx: &mut AccountTx| {
        let id = draft(tx, &body, &wanted, app.clock.now()).await?;
        let (view, revision) = detail(tx, id).await?;
        let location = format!("/v1/purchase-orders/{id}");
        Ok(Answer::created(location, &view)?.etag(etag(revision)))
    };
    key.run(&app, &who, work).await
}

async fn draft(
    tx: &mut AccountTx,
    body: &PurchaseOrderToMake,
    wanted: &[Wanted],
    now: chrono::DateTime<chrono::Utc>,
) -> ApiResult<PurchaseOrderId> {
    let store_id = StoreId::from(body.store_id);
    hold_store(tx, store_id).await?;
    let vendor = vendors::get(tx, body.vendor_id.into()).await?;
    let vendor = vendor
        .filter(|vendor| vendor.store_id == store_id)
        .ok_or_else(|| Error::invalid("vendor_id", "is no vendor of this store"))?;
    let location_id = match body.location_id {
        Some(id) => id.into(),
        None => default_location(tx, store_id).await?,
    };
    let (_, strange) = levels::strangers(tx, store_id, &[], &[location_id]).await?;
    if !strange.is_empty() {
        return Err(Error::invalid("location_id", "is no location of this store").into());
    }
    let lines = match body.analysis_id {
        Some(id) => suggested(tx, id.into(), &vendor, location_id).await?,
        None => priced(tx, &vendor, wanted).await?,
    };
    let new = NewPurchaseOrder {
        store_id,
        vendor_id: vendor.id,
        location_id,
        currency: vendor.currency,
        note: body.note.clone().unwrap_or_default(),
        expected_on: body.expected_on,
        analysis_id: body.analysis_id.map(AnalysisId::from),
    };
    let id = purchase_orders::create(tx, &new, now).await?;
    purchase_orders::replace_lines(tx, id, &lines).await?;
    Ok(id)
}

async fn suggested(
    tx: &mut AccountTx,
    id: AnalysisId,
    vendor: &Vendor,
    location_id: LocationId,
) -> ApiResult<Vec<NewLine>> {
    let analysis = analyses::find(tx, id).await?;
    let analysis = analysis.filter(|analysis| analysis.store_id == vendor.store_id);
    if analysis.is_none() {
        return Err(Error::invalid("analysis_id", "is no analysis of this store").into());
    }
    let limit = i64::try_from(LINES_MAX).unwrap_or(i64::MAX);
    let suggestions = analysis_items::suggestions(tx, id, vendor.id, location_id, limit).await?;
    if suggestions.is_empty() {
        let message = "suggests nothing to order from this vendor for this location";
        return Err(Error::invalid("analysis_id", message).into());
    }
    let wanted: Vec<Wanted> = suggestions
        .into_iter()
        .map(|(variant_id, quantity)| Wanted {
            variant_id,
            quantity,
            unit_price: None,
        })
        .collect();
    priced(tx, vendor, &wanted).await
}

/// Puts the vendor's prices where none was given.
async fn priced(tx: &mut AccountTx, vendor: &Vendor, wanted: &[Wanted]) -> ApiResult<Vec<NewLine>> {
    let ids: Vec<VariantId> = wanted.iter().map(|line| line.variant_id).collect();
    let (unknown, _) = levels::strangers(tx, vendor.store_id, &ids, &[]).await?;
    let prices = supplier_prices::of_vendor(tx, vendor.id, &ids).await?;
    let mut faults = Faults::default();
    let mut lines = Vec::with_capacity(wanted.len());
    for (position, line) in wanted.iter().enumerate() {
        if unknown.contains(&line.variant_id) {
            let field = format!("lines[{position}].variant_id");
            faults.add(field, "is no variant of this store");
            continue;
        }
        let price = line.unit_price.or(prices.get(&line.variant_id).copied());
        let Some(unit_price) = price else {
            let field = format!("lines[{position}].unit_price");
            faults.add(field, "is needed: the vendor has no price for the variant");
            continue;
        };
        lines.push(NewLine {
            variant_id: line.variant_id,
            quantity: line.quantity,
            unit_price,
        });
    }
    Ok(faults.all(Some(lines))?)
}

/// Changes a draft.
#[utoipa::path(patch, path = "/v1/purchase-orders/{id}", tag = "purchasing", request_body = PurchaseOrderToChange,
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    responses((status = 200, body = PurchaseOrderDetail), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView), (status = 412, body = ProblemView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn update(
    app: Data<App>,
    who: Member,
    Id(id): Id<PurchaseOrderId>,
    version: IfMatch,
    key: IdempotencyKey,
    Json(body): Json<PurchaseOrderToChange>,
) -> ApiResult<Answer> {
    let mut faults = Faults::default();
    check_note(&mut faults, body.note.as_deref());
    let wanted = match &body.lines {
        Some(lines) => Some(check_lines(&mut faults, lines)?),
        None => None,
    };
    faults.all(Some(()))?;
    let work = async |tx: &mut AccountTx| {
        let order = purchase_orders::lock(tx, id).await?.ok_or_else(missing)?;
        version.check(order.revision)?;
        if order.state() != Some(PurchaseState::Draft) {
            let reason = format!("the order is {}; only a draft can be changed", order.state);
            return Err(Error::Conflict { reason }.into());
        }
        if let Some(wanted) = &wanted {
            let vendor = vendors::get(tx, order.vendor_id).await?;
            let vendor = vendor.ok_or(Error::NotFound { what: "vendor" })?;
            let lines = priced(tx, &vendor, wanted).await?;
            purchase_orders::replace_lines(tx, id, &lines).await?;
        }
        let expected_on = body.expected_on.map(Some);
        let now = app.clock.now();
        purchase_orders::update(tx, id, body.note.as_deref(), expected_on, now).await?;
        let (view, revision) = detail(tx, id).await?;
        Ok(Answer::ok(&view)?.etag(etag(revision)))
    };
    key.run(&app, &who, work).await
}
