use diesel::{
    prelude::*,
    sql_types::{Array, Integer, Numeric, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::id::{PurchaseOrderId, VariantId};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{purchase_order_lines as order_lines, variants},
};

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Line {
    /// Its place in the order, from 1.
    pub position: i32,
    /// What is ordered.
    #[diesel(deserialize_as = Uuid)]
    pub variant_id: VariantId,
    /// Its SKU.
    pub sku: String,
    /// What people call it.
    pub title: String,
    /// How many.
    pub quantity: Decimal,
    /// How many have arrived.
    pub received: Decimal,
    /// For how much each.
    pub unit_price: Decimal,
}

impl Line {
    /// Returns what has not arrived yet.
    #[must_use]
    pub fn outstanding(&self) -> Decimal {
        (self.quantity - self.received).max(Decimal::ZERO)
    }
}

/// A line that is about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// What is ordered.
    pub variant_id: VariantId,
    /// How many.
    pub quantity: Decimal,
    /// For how much each.
    pub unit_price: Decimal,
}

/// Returns the lines of an order, in their order.
///
/// # Errors
/// When the query fails.
pub async fn lines(tx: &mut AccountTx, id: PurchaseOrderId) -> DbResult<Vec<Line>> {
    let variant = variants::account_id
        .eq(order_lines::account_id)
        .and(variants::id.eq(order_lines::variant_id));
    Ok(order_lines::table
        .inner_join(variants::table.on(variant))
        .filter(order_lines::account_id.eq(tx.account_id().as_uuid()))
        .filter(order_lines::purchase_order_id.eq(id.as_uuid()))
        .order(order_lines::position)
        .select((
            order_lines::position,
            order_lines::variant_id,
            variants::sku,
            variants::title,
            order_lines::quantity,
            order_lines::received,
            order_lines::unit_price,
        ))
        .load(&mut **tx)
        .await?)
}

/// Writes the lines of a draft; those that it had are gone.
///
/// # Errors
/// When the query fails.
pub async fn replace_lines(
    tx: &mut AccountTx,
    id: PurchaseOrderId,
    lines: &[NewLine],
) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    diesel::delete(
        order_lines::table
            .filter(order_lines::account_id.eq(account_id))
            .filter(order_lines::purchase_order_id.eq(id.as_uuid())),
    )
    .execute(&mut **tx)
    .await?;
    let column = |value: fn(&NewLine) -> Decimal| lines.iter().map(value).collect::<Vec<_>>();
    let positions: Vec<i32> = (1..).take(lines.len()).collect();
    let variant_ids: Vec<Uuid> = lines.iter().map(|line| line.variant_id.as_uuid()).collect();
    diesel::sql_query(
        "INSERT INTO purchase_order_lines (account_id, purchase_order_id, position, variant_id, quantity, unit_price) \
         SELECT $1, $2, unnest($3), unnest($4), unnest($5), unnest($6)",
    )
    .bind::<SqlUuid, _>(account_id)
    .bind::<SqlUuid, _>(id.as_uuid())
    .bind::<Array<Integer>, _>(positions)
    .bind::<Array<SqlUuid>, _>(variant_ids)
    .bind::<Array<Numeric>, _>(column(|line| line.quantity))
    .bind::<Array<Numeric>, _>(column(|line| line.unit_price))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds to what has arrived of some lines, given by their positions.
///
/// # Errors
/// When the query fails.
pub async fn add_received(
    tx: &mut AccountTx,
    id: PurchaseOrderId,
    arrived: &[(i32, Decimal)],
) -> DbResult<()> {
    let (positions, quantities): (Vec<i32>, Vec<Decimal>) = arrived.iter().copied().unzip();
    diesel::sql_query(
        "UPDATE purchase_order_lines line SET received = received + new.quantity \
         FROM unnest($3, $4) AS new (position, quantity) \
         WHERE account_id = $1 AND purchase_order_id = $2 AND line.position = new.position",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .bind::<Array<Integer>, _>(positions)
    .bind::<Array<Numeric>, _>(quantities)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
