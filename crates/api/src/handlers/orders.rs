//! What was sold.

use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    id::{OrderId, StoreId},
    money::{Currency, format_quantity},
};
use suite_db::orders::{self, Order, OrderFilter, OrderLine};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, Listing, Member, PageParams},
    problem::{ApiResult, ProblemView},
    respond::PageOf,
};

/// An invoice, a credit note or a shop order. Amounts are decimal strings in `currency`.
#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
pub(crate) struct OrderView {
    id: Uuid,
    store_id: Uuid,
    /// The invoice number of the source.
    number: String,
    /// Where it came from, such as `import`.
    channel: String,
    customer_id: Option<Uuid>,
    /// The source's id of who bought.
    customer_outside_id: Option<String>,
    country: String,
    currency: String,
    placed_at: DateTime<Utc>,
    is_credit_note: bool,
    line_count: i32,
    gross: String,
    discounts: String,
    returns: String,
    adjustments: String,
    /// `gross − discounts − returns + adjustments`.
    net: String,
    tax: String,
    shipping: String,
    /// `net + tax + shipping`.
    total: String,
    /// Pieces sold, as a decimal string.
    units: String,
}

/// An order with its lines.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderDetail {
    #[serde(flatten)]
    order: OrderView,
    lines: Vec<OrderLineView>,
}

/// A line of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderLine)]
pub(crate) struct OrderLineView {
    position: i32,
    variant_id: Uuid,
    sku: String,
    title: String,
    occurred_at: DateTime<Utc>,
    quantity: String,
    unit_price: String,
    /// `quantity × unit_price`.
    amount: String,
    discount: Option<String>,
    tax: Option<String>,
    /// `sale`, `return` or `adjustment`.
    event: &'static str,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let (measures, currency) = (order.measures, order.currency);
        Self {
            id: order.id.into(),
            store_id: order.store_id.into(),
            number: order.number,
            channel: order.channel,
            customer_id: order.customer_id.map(Into::into),
            customer_outside_id: order.customer_outside_id,
            country: order.country,
            currency: currency.to_string(),
            placed_at: order.placed_at,
            is_credit_note: order.is_credit_note,
            line_count: order.line_count,
            gross: currency.format(measures.gross),
            discounts: currency.format(measures.discounts),
            returns: currency.format(measures.returns),
            adjustments: currency.format(measures.adjustments),
            net: currency.format(measures.net()),
            tax: currency.format(measures.tax),
            shipping: currency.format(measures.shipping),
            total: currency.format(measures.total()),
            units: format_quantity(measures.units),
        }
    }
}

fn view_of_line(line: OrderLine, currency: Currency) -> OrderLineView {
    let format = |amount: Decimal| currency.format(amount);
    OrderLineView {
        position: line.position,
        variant_id: line.variant_id.into(),
        sku: line.sku,
        title: line.title,
        occurred_at: line.occurred_at,
        quantity: format_quantity(line.quantity),
        unit_price: format(line.unit_price),
        amount: format(line.quantity * line.unit_price),
        discount: line.discount.map(format),
        tax: line.tax.map(format),
        event: line.event.name(),
    }
}

/// Which orders to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
    /// Only those whose number begins with it, or whose customer has this outside id.
    search: Option<String>,
    /// Only into this country.
    country: Option<String>,
    /// Only those placed at this time or later.
    placed_from: Option<DateTime<Utc>>,
    /// Only those placed before this time.
    placed_to: Option<DateTime<Utc>>,
}

impl From<OrderFilters> for OrderFilter {
    fn from(filters: OrderFilters) -> Self {
        Self {
            store_id: filters.store_id.map(StoreId::from),
            search: filters.search,
            country: filters.country,
            placed_from: filters.placed_from,
            placed_to: filters.placed_to,
        }
    }
}

/// Lists the orders, the latest first.
#[utoipa::path(get, path = "/v1/orders", tag = "orders", params(OrderFilters, PageParams),
    responses((status = 200, body = PageOf<OrderView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<OrderFilters>,
) -> ApiResult<PageOf<OrderView>> {
    let (page, filter) = (listing.page, listing.filters.into());
    let mut tx = app.db.account(who.account_id).await?;
    let rows = orders::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| (row.placed_at, row.id), OrderView::from)
}

/// Shows an order with its lines.
#[utoipa::path(get, path = "/v1/orders/{id}", tag = "orders", params(("id" = Uuid, Path)),
    responses((status = 200, body = OrderDetail), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    app: Data<App>,
    who: Member,
    Id(id): Id<OrderId>,
) -> ApiResult<Json<OrderDetail>> {
    let mut tx = app.db.account(who.account_id).await?;
    let order = orders::get(&mut tx, id).await?;
    let order = order.ok_or(Error::NotFound { what: "order" })?;
    let lines = orders::lines(&mut tx, id).await?;
    let currency = order.currency;
    Ok(Json(OrderDetail {
        order: order.into(),
        lines: lines
            .into_iter()
            .map(|line| view_of_line(line, currency))
            .collect(),
    }))
}
