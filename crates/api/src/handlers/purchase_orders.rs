//! Orders to vendors: drafted from a suggestion or by hand, sent, received, closed.

mod draft;
mod file;
mod steer;

pub(crate) use draft::{__path_create, __path_update, create, update};
pub(crate) use file::{__path_file, file};
pub(crate) use steer::{__path_cancel, __path_close, __path_send, cancel, close, send};

use actix_web::{HttpResponse, http::header::ETAG, web::Data};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    id::{PurchaseOrderId, StoreId, VendorId},
    inventory::PurchaseState,
    money::{Currency, format_quantity},
};
use suite_db::{
    AccountTx,
    inventory::purchase_orders::{self, Line, PurchaseOrder, PurchaseOrderFilter},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, Listing, Member, PageParams, etag},
    problem::{ApiResult, ProblemView},
    respond::PageOf,
};

/// An order to a vendor, without its lines.
#[derive(Serialize, ToSchema)]
#[schema(as = PurchaseOrder)]
pub(crate) struct OrderView {
    id: Uuid,
    store_id: Uuid,
    vendor_id: Uuid,
    vendor: String,
    /// Where the goods go.
    location_id: Uuid,
    /// `draft`, `sent`, `partly_received`, `closed` or `cancelled`. From `sent` on, what has not arrived is `incoming`.
    state: String,
    /// The vendor's currency when it was drafted.
    currency: String,
    note: String,
    #[schema(format = "date")]
    expected_on: Option<NaiveDate>,
    /// The analysis from which it was drafted.
    analysis_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    /// When it was closed or called off.
    ended_at: Option<DateTime<Utc>>,
}

/// An order with its lines.
#[derive(Serialize, ToSchema)]
pub(crate) struct PurchaseOrderDetail {
    #[serde(flatten)]
    order: OrderView,
    lines: Vec<LineView>,
    /// Σ `amount`, in the order's `currency`.
    total: String,
}

/// A line of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = PurchaseOrderLine)]
pub(crate) struct LineView {
    position: i32,
    variant_id: Uuid,
    sku: String,
    title: String,
    quantity: String,
    /// How many have arrived; may be more than were ordered.
    received: String,
    /// `quantity − received`, not below zero; none of it comes any more once the order is closed.
    outstanding: String,
    unit_price: String,
    /// `quantity × unit_price`.
    amount: String,
}

impl From<PurchaseOrder> for OrderView {
    fn from(order: PurchaseOrder) -> Self {
        Self {
            id: order.id.into(),
            store_id: order.store_id.into(),
            vendor_id: order.vendor_id.into(),
            vendor: order.vendor,
            location_id: order.location_id.into(),
            state: order.state,
            currency: order.currency.to_string(),
            note: order.note,
            expected_on: order.expected_on,
            analysis_id: order.analysis_id,
            created_at: order.created_at,
            updated_at: order.updated_at,
            sent_at: order.sent_at,
            ended_at: order.ended_at,
        }
    }
}

fn amount(line: &Line) -> Decimal {
    // Fifteen digits times fifteen digits may be too much; such an order has no true amount to show.
    line.quantity
        .checked_mul(line.unit_price)
        .unwrap_or(Decimal::MAX)
}

fn view_of_line(line: Line, currency: Currency) -> LineView {
    LineView {
        position: line.position,
        variant_id: line.variant_id.into(),
        amount: currency.format(amount(&line)),
        outstanding: format_quantity(line.outstanding()),
        sku: line.sku,
        title: line.title,
        quantity: format_quantity(line.quantity),
        received: format_quantity(line.received),
        unit_price: currency.format(line.unit_price),
    }
}

fn missing() -> Error {
    Error::NotFound {
        what: "purchase order",
    }
}

async fn detail(tx: &mut AccountTx, id: PurchaseOrderId) -> ApiResult<(PurchaseOrderDetail, i32)> {
    let order = purchase_orders::get(tx, id).await?.ok_or_else(missing)?;
    let lines = purchase_orders::lines(tx, id).await?;
    let (currency, revision) = (order.currency, order.revision);
    let total = lines
        .iter()
        .map(amount)
        .fold(Decimal::ZERO, Decimal::saturating_add);
    let detail = PurchaseOrderDetail {
        order: order.into(),
        lines: lines
            .into_iter()
            .map(|line| view_of_line(line, currency))
            .collect(),
        total: currency.format(total),
    };
    Ok((detail, revision))
}

/// Which orders to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PurchaseOrderFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
    /// Only to this vendor.
    vendor_id: Option<Uuid>,
    /// Only in this state.
    state: Option<String>,
}

/// Lists the orders, the last drafted first.
#[utoipa::path(get, path = "/v1/purchase-orders", tag = "purchasing", params(PurchaseOrderFilters, PageParams),
    responses((status = 200, body = PageOf<OrderView>), (status = 401, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<PurchaseOrderFilters>,
) -> ApiResult<PageOf<OrderView>> {
    let (page, filters) = (listing.page, listing.filters);
    let known = |state: &String| state.parse::<PurchaseState>().is_ok();
    if filters.state.as_ref().is_some_and(|state| !known(state)) {
        let names = PurchaseState::ALL.map(PurchaseState::name).join(", ");
        return Err(Error::invalid("state", format!("must be one of {names}")).into());
    }
    let filter = PurchaseOrderFilter {
        store_id: filters.store_id.map(StoreId::from),
        vendor_id: filters.vendor_id.map(VendorId::from),
        state: filters.state,
    };
    let mut tx = app.db.account(who.account_id).await?;
    let rows = purchase_orders::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, OrderView::from)
}

/// Shows an order with its lines.
#[utoipa::path(get, path = "/v1/purchase-orders/{id}", tag = "purchasing", params(("id" = Uuid, Path)),
    responses((status = 200, body = PurchaseOrderDetail), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    app: Data<App>,
    who: Member,
    Id(id): Id<PurchaseOrderId>,
) -> ApiResult<HttpResponse> {
    let mut tx = app.db.account(who.account_id).await?;
    let (detail, revision) = detail(&mut tx, id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, etag(revision)))
        .json(detail))
}
