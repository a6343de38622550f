use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, Integer, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{
    id::{CustomerId, OrderId, StoreId, VariantId},
    money::Currency,
    sales::{Measures, SalesEvent},
};
use uuid::Uuid;

use super::raced::raced;
use crate::{AccountTx, DbResult};

/// An order that a source tells as a whole: what it says now stands in place of what it said before.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct WholeOrder {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    /// What the source calls it.
    #[diesel(sql_type = Text)]
    pub number: String,
    /// The source's id; empty where it has none.
    #[diesel(sql_type = Text)]
    pub outside_id: String,
    /// Through what it was sold.
    #[diesel(sql_type = Text)]
    pub channel: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    customer_id: Option<Uuid>,
    /// Where it went; may be empty.
    #[diesel(sql_type = Text)]
    pub country: String,
    /// When it was made.
    #[diesel(sql_type = Timestamptz)]
    pub placed_at: DateTime<Utc>,
    /// What is left of what was charged for shipping.
    #[diesel(sql_type = Numeric)]
    pub shipping: Decimal,
    /// Given back so far.
    #[diesel(sql_type = Numeric)]
    pub refunded: Decimal,
    /// When it was called off.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl WholeOrder {
    /// Makes one of a customer that may be nobody known.
    #[must_use]
    pub fn new(id: OrderId, number: &str, customer_id: Option<CustomerId>) -> Self {
        Self {
            id: id.as_uuid(),
            number: number.to_owned(),
            outside_id: String::new(),
            channel: String::new(),
            customer_id: customer_id.map(CustomerId::as_uuid),
            country: String::new(),
            placed_at: DateTime::UNIX_EPOCH,
            shipping: Decimal::ZERO,
            refunded: Decimal::ZERO,
            cancelled_at: None,
        }
    }

    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> OrderId {
        self.id.into()
    }

    /// Returns its customer's id.
    #[must_use]
    pub fn customer_id(&self) -> Option<CustomerId> {
        self.customer_id.map(Into::into)
    }
}

/// A line of such an order.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct WholeLine {
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    variant_id: Uuid,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub occurred_at: DateTime<Utc>,
    /// How many.
    #[diesel(sql_type = Numeric)]
    pub quantity: Decimal,
    /// For how much each.
    #[diesel(sql_type = Numeric)]
    pub unit_price: Decimal,
    /// Taken off.
    #[diesel(sql_type = Numeric)]
    pub discount: Decimal,
    /// Tax on top of the price.
    #[diesel(sql_type = Numeric)]
    pub tax: Decimal,
    #[diesel(sql_type = SmallInt)]
    event: i16,
    /// How the order calls what was sold.
    #[diesel(sql_type = Text)]
    pub title: String,
}

impl WholeLine {
    /// Makes a line of an event; its amounts are to be filled in.
    #[must_use]
    pub fn new(order_id: OrderId, variant_id: VariantId, event: SalesEvent, title: &str) -> Self {
        Self {
            order_id: order_id.as_uuid(),
            variant_id: variant_id.as_uuid(),
            occurred_at: DateTime::UNIX_EPOCH,
            quantity: Decimal::ZERO,
            unit_price: Decimal::ZERO,
            discount: Decimal::ZERO,
            tax: Decimal::ZERO,
            event: event.as_i16(),
            title: title.to_owned(),
        }
    }

    /// Returns which order it is of.
    #[must_use]
    pub fn order_id(&self) -> OrderId {
        self.order_id.into()
    }

    /// Returns what was sold.
    #[must_use]
    pub fn variant_id(&self) -> VariantId {
        self.variant_id.into()
    }

    /// Returns what it comes to; `None` for a number that this version does not know.
    #[must_use]
    pub fn event(&self) -> Option<SalesEvent> {
        SalesEvent::from_i16(self.event)
    }
}

/// Finds orders by their numbers and holds them until the transaction ends.
///
/// # Errors
/// When the server is away.
pub async fn lock_whole_orders(
    tx: &mut AccountTx,
    store_id: StoreId,
    numbers: Vec<&str>,
) -> DbResult<Vec<WholeOrder>> {
    // In the order of the key, as everybody who locks orders.
    Ok(diesel::sql_query(
        "SELECT id, number, coalesce(outside_id, '') AS outside_id, channel, customer_id, country, placed_at, shipping, \
                coalesce(refunded, 0) AS refunded, cancelled_at \
         FROM orders WHERE account_id = $1 AND store_id = $2 AND number = ANY($3) ORDER BY number FOR UPDATE",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<Text>, _>(numbers)
    .load(&mut **tx)
    .await?)
}

/// Returns the lines of orders, order by order and in their places.
///
/// # Errors
/// When the server is away.
pub async fn whole_lines(tx: &mut AccountTx, order_ids: &[OrderId]) -> DbResult<Vec<WholeLine>> {
    let order_ids: Vec<Uuid> = order_ids.iter().map(|id| id.as_uuid()).collect();
    Ok(diesel::sql_query(
        "SELECT order_id, variant_id, occurred_at, quantity, unit_price, coalesce(discount, 0) AS discount, \
                coalesce(tax, 0) AS tax, event, title \
         FROM order_lines WHERE account_id = $1 AND order_id = ANY($2) ORDER BY order_id, position",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Array<SqlUuid>, _>(order_ids)
    .load(&mut **tx)
    .await?)
}

/// Writes orders that the caller has locked, or that the store lacks; `sums` has one for each, and the count of its lines.
///
/// # Errors
/// [`suite_core::Error::Conflict`] when somebody else has just written one of them.
pub async fn write_whole_orders(
    tx: &mut AccountTx,
    store_id: StoreId,
    currency: Currency,
    orders: &[WholeOrder],
    sums: &[(i32, Measures)],
) -> DbResult<()> {
    let column = |value: fn(&Measures) -> Decimal| -> Vec<Decimal> {
        sums.iter().map(|(_, measures)| value(measures)).collect()
    };
    let text = |value: fn(&WholeOrder) -> &str| -> Vec<&str> { orders.iter().map(value).collect() };
    diesel::sql_query(
        "INSERT INTO orders (account_id, store_id, currency, is_credit_note, id, number, outside_id, channel, customer_id, \
                             country, placed_at, shipping, refunded, cancelled_at, line_count, gross, discounts, returns, \
                             adjustments, tax, units) \
         SELECT $1, $2, $3, false, id, number, nullif(outside_id, ''), channel, customer_id, country, placed_at, shipping, \
                refunded, cancelled_at, line_count, gross, discounts, returns, adjustments, tax, units \
         FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
              AS new (id, number, outside_id, channel, customer_id, country, placed_at, shipping, refunded, cancelled_at, \
                      line_count, gross, discounts, returns, adjustments, tax, units) \
         ON CONFLICT (account_id, id) DO UPDATE SET outside_id = excluded.outside_id, channel = excluded.channel, \
            customer_id = excluded.customer_id, country = excluded.country, placed_at = excluded.placed_at, \
            shipping = excluded.shipping, refunded = excluded.refunded, cancelled_at = excluded.cancelled_at, \
            line_count = excluded.line_count, gross = excluded.gross, discounts = excluded.discounts, \
            returns = excluded.returns, adjustments = excluded.adjustments, tax = excluded.tax, units = excluded.units, \
            updated_at = now()",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Text, _>(currency.code())
    .bind::<Array<SqlUuid>, _>(orders.iter().map(|order| order.id).collect::<Vec<Uuid>>())
    .bind::<Array<Text>, _>(text(|order| &order.number))
    .bind::<Array<Text>, _>(text(|order| &order.outside_id))
    .bind::<Array<Text>, _>(text(|order| &order.channel))
    .bind::<Array<Nullable<SqlUuid>>, _>(orders.iter().map(|order| order.customer_id).collect::<Vec<Option<Uuid>>>())
    .bind::<Array<Text>, _>(text(|order| &order.country))
    .bind::<Array<Timestamptz>, _>(orders.iter().map(|order| order.placed_at).collect::<Vec<DateTime<Utc>>>())
    .bind::<Array<Numeric>, _>(orders.iter().map(|order| order.shipping).collect::<Vec<Decimal>>())
    .bind::<Array<Numeric>, _>(orders.iter().map(|order| order.refunded).collect::<Vec<Decimal>>())
    .bind::<Array<Nullable<Timestamptz>>, _>(orders.iter().map(|order| order.cancelled_at).collect::<Vec<Option<DateTime<Utc>>>>())
    .bind::<Array<Integer>, _>(sums.iter().map(|(lines, _)| *lines).collect::<Vec<i32>>())
    .bind::<Array<Numeric>, _>(column(|sums| sums.gross))
    .bind::<Array<Numeric>, _>(column(|sums| sums.discounts))
    .bind::<Array<Numeric>, _>(column(|sums| sums.returns))
    .bind::<Array<Numeric>, _>(column(|sums| sums.adjustments))
    .bind::<Array<Numeric>, _>(column(|sums| sums.tax))
    .bind::<Array<Numeric>, _>(column(|sums| sums.units))
    .execute(&mut **tx)
    .await
    .map_err(raced)?;
    Ok(())
}

/// Writes the lines of orders in place of those that they had. They come order by order, and get their places in that order.
///
/// # Errors
/// When the server is away.
pub async fn replace_lines(
    tx: &mut AccountTx,
    order_ids: &[OrderId],
    lines: &[WholeLine],
) -> DbResult<()> {
    let order_ids: Vec<Uuid> = order_ids.iter().map(|id| id.as_uuid()).collect();
    diesel::sql_query("DELETE FROM order_lines WHERE account_id = $1 AND order_id = ANY($2)")
        .bind::<SqlUuid, _>(tx.account_id().as_uuid())
        .bind::<Array<SqlUuid>, _>(order_ids)
        .execute(&mut **tx)
        .await?;
    if lines.is_empty() {
        return Ok(());
    }
    let positions: Vec<i32> = lines
        .chunk_by(|one, next| one.order_id == next.order_id)
        .flat_map(|order| (1..).take(order.len()))
        .collect();
    let column =
        |value: fn(&WholeLine) -> Decimal| -> Vec<Decimal> { lines.iter().map(value).collect() };
    // Zero is kept as NULL, as by those who know neither discounts nor taxes.
    let if_any = |value: fn(&WholeLine) -> Decimal| -> Vec<Option<Decimal>> {
        let values = lines.iter().map(value);
        values
            .map(|value| (!value.is_zero()).then_some(value))
            .collect()
    };
    diesel::sql_query(
        "INSERT INTO order_lines (account_id, order_id, position, variant_id, occurred_at, quantity, unit_price, discount, \
                                  tax, event, title) \
         SELECT $1, unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), unnest($7), unnest($8), unnest($9), \
                unnest($10), unnest($11)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|line| line.order_id).collect::<Vec<Uuid>>())
    .bind::<Array<Integer>, _>(positions)
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|line| line.variant_id).collect::<Vec<Uuid>>())
    .bind::<Array<Timestamptz>, _>(lines.iter().map(|line| line.occurred_at).collect::<Vec<DateTime<Utc>>>())
    .bind::<Array<Numeric>, _>(column(|line| line.quantity))
    .bind::<Array<Numeric>, _>(column(|line| line.unit_price))
    .bind::<Array<Nullable<Numeric>>, _>(if_any(|line| line.discount))
    .bind::<Array<Nullable<Numeric>>, _>(if_any(|line| line.tax))
    .bind::<Array<SmallInt>, _>(lines.iter().map(|line| line.event).collect::<Vec<i16>>())
    .bind::<Array<Text>, _>(lines.iter().map(|line| line.title.as_str()).collect::<Vec<&str>>())
    .execute(&mut **tx)
    .await
    .map_err(raced)?;
    Ok(())
}
