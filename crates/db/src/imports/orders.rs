use std::borrow::Cow;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, Bool, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{
    id::{CustomerId, OrderId, StoreId},
    invoice_lines::OrderSums,
    money::Currency,
};
use uuid::Uuid;

use super::raced::conflict;
use crate::{AccountTx, DbResult};

/// An invoice that the store has.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct StoredOrder {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    /// Its number.
    #[diesel(sql_type = Text)]
    pub number: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    customer_id: Option<Uuid>,
    /// What the source calls its customer; empty when none is named.
    #[diesel(sql_type = Text)]
    pub customer: String,
    /// Its country; may be empty.
    #[diesel(sql_type = Text)]
    pub country: String,
}

impl StoredOrder {
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

/// Finds invoices by their numbers and holds them until the transaction ends.
///
/// # Errors
/// When the server is away.
pub async fn lock_orders(
    tx: &mut AccountTx,
    store_id: StoreId,
    numbers: Vec<&str>,
) -> DbResult<Vec<StoredOrder>> {
    // In the order of the key, so that two imports that wait for each other's invoices do not wait for ever.
    let orders = diesel::sql_query(
        "SELECT orders.id, orders.number, orders.customer_id, orders.country, \
                coalesce((SELECT customers.outside_id FROM customers \
                           WHERE customers.account_id = orders.account_id AND customers.id = orders.customer_id), '') \
                AS customer \
         FROM orders WHERE account_id = $1 AND store_id = $2 AND number = ANY($3) \
         ORDER BY number FOR UPDATE",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<Text>, _>(numbers)
    .load(&mut **tx)
    .await?;
    Ok(orders)
}

/// Orders to be written, a column each.
#[derive(Debug, Default)]
pub struct Orders<'a> {
    ids: Vec<Uuid>,
    numbers: Vec<&'a str>,
    customer_ids: Vec<Option<Uuid>>,
    countries: Vec<Cow<'a, str>>,
    placed_at: Vec<DateTime<Utc>>,
    are_credit_notes: Vec<bool>,
    line_counts: Vec<i32>,
    gross: Vec<Decimal>,
    returns: Vec<Decimal>,
    adjustments: Vec<Decimal>,
    units: Vec<Decimal>,
}

impl<'a> Orders<'a> {
    /// Adds one.
    pub fn push(
        &mut self,
        id: OrderId,
        number: &'a str,
        customer_id: Option<CustomerId>,
        country: impl Into<Cow<'a, str>>,
        sums: &OrderSums,
    ) {
        self.ids.push(id.as_uuid());
        self.numbers.push(number);
        self.customer_ids.push(customer_id.map(CustomerId::as_uuid));
        self.countries.push(country.into());
        self.placed_at.push(sums.placed_at);
        self.are_credit_notes
            .push(suite_core::invoice_lines::is_credit_note(number));
        self.line_counts.push(sums.line_count);
        self.gross.push(sums.measures.gross);
        self.returns.push(sums.measures.returns);
        self.adjustments.push(sums.measures.adjustments);
        self.units.push(sums.measures.units);
    }

    fn countries(&self) -> Vec<&str> {
        self.countries.iter().map(|country| &**country).collect()
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// Writes orders that the store lacks. Invoices have no discounts, taxes and shipping of their own: those are lines.
///
/// # Errors
/// [`suite_core::Error::Conflict`] when somebody else has just written one of them.
pub async fn insert_orders(
    tx: &mut AccountTx,
    store_id: StoreId,
    currency: Currency,
    orders: &Orders<'_>,
) -> DbResult<()> {
    let inserted = diesel::sql_query(
        "INSERT INTO orders (account_id, store_id, channel, currency, discounts, tax, shipping, id, number, \
                             customer_id, country, placed_at, is_credit_note, line_count, gross, returns, \
                             adjustments, units) \
         SELECT $1, $2, 'import', $3, 0, 0, 0, unnest($4), unnest($5), unnest($6), unnest($7), unnest($8), unnest($9), \
                unnest($10), unnest($11), unnest($12), unnest($13), unnest($14) \
         ON CONFLICT (account_id, store_id, number) DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Text, _>(currency.code())
    .bind::<Array<SqlUuid>, _>(&orders.ids)
    .bind::<Array<Text>, _>(&orders.numbers)
    .bind::<Array<Nullable<SqlUuid>>, _>(&orders.customer_ids)
    .bind::<Array<Text>, _>(orders.countries())
    .bind::<Array<Timestamptz>, _>(&orders.placed_at)
    .bind::<Array<Bool>, _>(&orders.are_credit_notes)
    .bind::<Array<Integer>, _>(&orders.line_counts)
    .bind::<Array<Numeric>, _>(&orders.gross)
    .bind::<Array<Numeric>, _>(&orders.returns)
    .bind::<Array<Numeric>, _>(&orders.adjustments)
    .bind::<Array<Numeric>, _>(&orders.units)
    .execute(&mut **tx)
    .await?;
    if inserted == orders.ids.len() {
        Ok(())
    } else {
        Err(conflict())
    }
}

/// Writes what changed of orders that the caller has locked.
///
/// # Errors
/// When the server is away.
pub async fn update_orders(tx: &mut AccountTx, orders: &Orders<'_>) -> DbResult<()> {
    diesel::sql_query(
        "UPDATE orders SET customer_id = new.customer_id, country = new.country, placed_at = new.placed_at, \
                line_count = new.line_count, gross = new.gross, returns = new.returns, \
                adjustments = new.adjustments, units = new.units, updated_at = now() \
         FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) AS new (id, customer_id, country, placed_at, line_count, \
                                                                 gross, returns, adjustments, units) \
         WHERE orders.account_id = $1 AND orders.id = new.id",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Array<SqlUuid>, _>(&orders.ids)
    .bind::<Array<Nullable<SqlUuid>>, _>(&orders.customer_ids)
    .bind::<Array<Text>, _>(orders.countries())
    .bind::<Array<Timestamptz>, _>(&orders.placed_at)
    .bind::<Array<Integer>, _>(&orders.line_counts)
    .bind::<Array<Numeric>, _>(&orders.gross)
    .bind::<Array<Numeric>, _>(&orders.returns)
    .bind::<Array<Numeric>, _>(&orders.adjustments)
    .bind::<Array<Numeric>, _>(&orders.units)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
