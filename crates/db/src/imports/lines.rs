use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, Integer, Numeric, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{
    id::{OrderId, VariantId},
    sales::SalesEvent,
};
use uuid::Uuid;

use super::raced::raced;
use crate::{AccountTx, DbResult};

/// A line of an invoice that the store has.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct StoredLine {
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    /// Its place in the invoice.
    #[diesel(sql_type = Integer)]
    pub position: i32,
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
    /// How the invoice calls what was sold.
    #[diesel(sql_type = Text)]
    pub title: String,
}

impl StoredLine {
    /// Returns which invoice it is of.
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

/// Returns the lines of orders, order by order and in their places.
///
/// # Errors
/// When the server is away.
pub async fn stored_lines(tx: &mut AccountTx, order_ids: &[OrderId]) -> DbResult<Vec<StoredLine>> {
    let order_ids: Vec<Uuid> = order_ids.iter().map(|id| id.as_uuid()).collect();
    let lines = diesel::sql_query(
        "SELECT order_id, position, variant_id, occurred_at, quantity, unit_price, coalesce(discount, 0) AS discount, \
                coalesce(tax, 0) AS tax, event, title \
         FROM order_lines WHERE account_id = $1 AND order_id = ANY($2) ORDER BY order_id, position",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Array<SqlUuid>, _>(order_ids)
    .load(&mut **tx)
    .await?;
    Ok(lines)
}

/// Lines to be written, a column each.
#[derive(Debug, Default)]
pub struct NewLines {
    order_ids: Vec<Uuid>,
    positions: Vec<i32>,
    variant_ids: Vec<Uuid>,
    times: Vec<DateTime<Utc>>,
    quantities: Vec<Decimal>,
    unit_prices: Vec<Decimal>,
    events: Vec<i16>,
}

impl NewLines {
    /// Prepares room for `capacity` lines.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            order_ids: Vec::with_capacity(capacity),
            positions: Vec::with_capacity(capacity),
            variant_ids: Vec::with_capacity(capacity),
            times: Vec::with_capacity(capacity),
            quantities: Vec::with_capacity(capacity),
            unit_prices: Vec::with_capacity(capacity),
            events: Vec::with_capacity(capacity),
        }
    }

    /// Adds one.
    pub fn push(
        &mut self,
        order_id: OrderId,
        position: i32,
        line: &suite_core::invoice_lines::OrderLine,
    ) {
        self.order_ids.push(order_id.as_uuid());
        self.positions.push(position);
        self.variant_ids.push(line.variant_id.as_uuid());
        self.times.push(line.at);
        self.quantities.push(line.quantity);
        self.unit_prices.push(line.unit_price);
        self.events.push(line.event.as_i16());
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order_ids.len()
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order_ids.is_empty()
    }
}

/// Writes lines of orders that the transaction has written or locked; `titles` has one for each.
///
/// # Errors
/// When the server is away.
pub async fn insert_lines(tx: &mut AccountTx, lines: &NewLines, titles: Vec<&str>) -> DbResult<()> {
    // unnest in the list of columns hands rows on one by one; in FROM it would store each column first, a quarter slower.
    diesel::sql_query(
        "INSERT INTO order_lines (account_id, order_id, position, variant_id, occurred_at, quantity, unit_price, \
                                  event, title) \
         SELECT $1, unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), unnest($7), unnest($8), unnest($9)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Array<SqlUuid>, _>(&lines.order_ids)
    .bind::<Array<Integer>, _>(&lines.positions)
    .bind::<Array<SqlUuid>, _>(&lines.variant_ids)
    .bind::<Array<Timestamptz>, _>(&lines.times)
    .bind::<Array<Numeric>, _>(&lines.quantities)
    .bind::<Array<Numeric>, _>(&lines.unit_prices)
    .bind::<Array<SmallInt>, _>(&lines.events)
    .bind::<Array<Text>, _>(titles)
    .execute(&mut **tx)
    .await
    .map_err(raced)?;
    Ok(())
}
