//! What was sold: invoices, credit notes and their lines. Those of a deleted store are not found any more.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{
    Error,
    id::{CustomerId, OrderId, StoreId, VariantId},
    money::Currency,
    sales::{Measures, SalesEvent},
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{customers, order_lines, orders, stores, variants},
    search,
};

/// An order without its lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The store that sold.
    pub store_id: StoreId,
    /// The invoice number of the source.
    pub number: String,
    /// Where it came from, such as `import`.
    pub channel: String,
    /// Who bought, if the source says so.
    pub customer_id: Option<CustomerId>,
    /// The source's id of who bought.
    pub customer_outside_id: Option<String>,
    /// Where it went.
    pub country: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// The earliest time on its lines.
    pub placed_at: DateTime<Utc>,
    /// Whether it takes back instead of selling.
    pub is_credit_note: bool,
    /// How many lines it has.
    pub line_count: i32,
    /// Its figures; the order counts as one when something was sold.
    pub measures: Measures,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderLine {
    /// Its place in the order.
    pub position: i32,
    /// What was sold.
    pub variant_id: VariantId,
    /// Its SKU.
    pub sku: String,
    /// What the line calls it.
    pub title: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// How many.
    pub quantity: Decimal,
    /// At which price each.
    pub unit_price: Decimal,
    /// Taken off.
    pub discount: Option<Decimal>,
    /// Tax.
    pub tax: Option<Decimal>,
    /// What it means.
    pub event: SalesEvent,
}

/// Which orders to list; all when empty.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    /// Only of this store.
    pub store_id: Option<StoreId>,
    /// Only those whose number begins with it, or whose buyer is called so.
    pub search: Option<String>,
    /// Only into this country.
    pub country: Option<String>,
    /// Only those placed at this time or later.
    pub placed_from: Option<DateTime<Utc>>,
    /// Only those placed before this time.
    pub placed_to: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = orders)]
struct OrderRow {
    id: Uuid,
    store_id: Uuid,
    number: String,
    channel: String,
    customer_id: Option<Uuid>,
    country: String,
    currency: String,
    placed_at: DateTime<Utc>,
    is_credit_note: bool,
    line_count: i32,
    gross: Decimal,
    discounts: Decimal,
    returns: Decimal,
    adjustments: Decimal,
    tax: Decimal,
    shipping: Decimal,
    units: Decimal,
}

fn order((row, customer): (OrderRow, Option<String>)) -> DbResult<Order> {
    Ok(Order {
        id: row.id.into(),
        store_id: row.store_id.into(),
        number: row.number,
        channel: row.channel,
        customer_id: row.customer_id.map(Into::into),
        customer_outside_id: customer,
        country: row.country,
        currency: row.currency.parse().map_err(Error::internal)?,
        placed_at: row.placed_at,
        is_credit_note: row.is_credit_note,
        line_count: row.line_count,
        measures: Measures {
            gross: row.gross,
            discounts: row.discounts,
            returns: row.returns,
            adjustments: row.adjustments,
            tax: row.tax,
            shipping: row.shipping,
            units: row.units,
            orders: i64::from(row.gross > Decimal::ZERO),
        },
    })
}

#[diesel::dsl::auto_type(no_type_alias)]
fn with_store_and_customer() -> _ {
    let store = stores::account_id
        .eq(orders::account_id)
        .and(stores::id.eq(orders::store_id))
        .and(stores::deleted_at.is_null());
    let customer = customers::account_id
        .eq(orders::account_id)
        .and(customers::id.nullable().eq(orders::customer_id));
    orders::table
        .inner_join(stores::table.on(store))
        .left_join(customers::table.on(customer))
}

/// Lists orders, the latest first, those behind `after` only.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    filter: &OrderFilter,
    after: Option<(DateTime<Utc>, OrderId)>,
    limit: i64,
) -> DbResult<Vec<Order>> {
    let mut query = with_store_and_customer()
        .filter(orders::account_id.eq(tx.account_id().as_uuid()))
        .select((OrderRow::as_select(), customers::outside_id.nullable()))
        .order((orders::placed_at.desc(), orders::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = filter.store_id {
        query = query.filter(orders::store_id.eq(store_id.as_uuid()));
    }
    if let Some(text) = &filter.search {
        let begins = orders::number.like(search::beginning_with(text));
        let buyer = customers::outside_id.nullable().eq(text.clone());
        query = query.filter(begins.or(buyer.assume_not_null()));
    }
    if let Some(country) = &filter.country {
        query = query.filter(orders::country.eq(country.clone()));
    }
    if let Some(from) = filter.placed_from {
        query = query.filter(orders::placed_at.ge(from));
    }
    if let Some(to) = filter.placed_to {
        query = query.filter(orders::placed_at.lt(to));
    }
    if let Some((placed_at, id)) = after {
        // Written so that the index begins at the right time and only its ties are looked through.
        let behind = orders::placed_at
            .lt(placed_at)
            .or(orders::id.lt(id.as_uuid()));
        query = query.filter(orders::placed_at.le(placed_at)).filter(behind);
    }
    let rows: Vec<(OrderRow, Option<String>)> = query.load(&mut **tx).await?;
    rows.into_iter().map(order).collect()
}

/// Returns one order.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut AccountTx, id: OrderId) -> DbResult<Option<Order>> {
    let row: Option<(OrderRow, Option<String>)> = with_store_and_customer()
        .filter(orders::account_id.eq(tx.account_id().as_uuid()))
        .filter(orders::id.eq(id.as_uuid()))
        .select((OrderRow::as_select(), customers::outside_id.nullable()))
        .first(&mut **tx)
        .await
        .optional()?;
    row.map(order).transpose()
}

type LineRow = (
    i32,
    Uuid,
    String,
    String,
    DateTime<Utc>,
    Decimal,
    Decimal,
    Option<Decimal>,
    Option<Decimal>,
    i16,
);

/// Returns the lines of an order, in their order.
///
/// # Errors
/// When the query fails.
pub async fn lines(tx: &mut AccountTx, id: OrderId) -> DbResult<Vec<OrderLine>> {
    let variant = variants::account_id
        .eq(order_lines::account_id)
        .and(variants::id.eq(order_lines::variant_id));
    let rows: Vec<LineRow> = order_lines::table
        .inner_join(variants::table.on(variant))
        .filter(order_lines::account_id.eq(tx.account_id().as_uuid()))
        .filter(order_lines::order_id.eq(id.as_uuid()))
        .order(order_lines::position)
        .select((
            order_lines::position,
            order_lines::variant_id,
            variants::sku,
            order_lines::title,
            order_lines::occurred_at,
            order_lines::quantity,
            order_lines::unit_price,
            order_lines::discount,
            order_lines::tax,
            order_lines::event,
        ))
        .load(&mut **tx)
        .await?;
    rows.into_iter().map(line).collect()
}

fn line(row: LineRow) -> DbResult<OrderLine> {
    let (position, variant_id, sku, title, occurred_at, quantity, unit_price, discount, tax, event) =
        row;
    let event = SalesEvent::from_i16(event)
        .ok_or_else(|| Error::internal(format!("a line has the unknown event {event}")))?;
    Ok(OrderLine {
        position,
        variant_id: variant_id.into(),
        sku,
        title,
        occurred_at,
        quantity,
        unit_price,
        discount,
        tax,
        event,
    })
}
