use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use suite_core::{Error, id::VariantId, invoice_lines::line_key};
use suite_db::{
    AccountTx, DbResult,
    imports::{self, NewMovements},
};

use super::{Target, count};
use crate::import::batch::{Batch, Line};

/// What is written where a line without a price has no text.
const UNSPECIFIED: &str = "unspecified";

/// A line without a price: stock that came or went, and why.
#[derive(Debug)]
pub(super) struct Movement {
    invoice: Arc<str>,
    key: String,
    variant_id: VariantId,
    quantity: Decimal,
    reason: Arc<str>,
    at: DateTime<Utc>,
}

impl Movement {
    /// Tells of pieces of an order that were given away, under the key of their line.
    pub(super) fn gift(
        (order, key): (&str, String),
        (variant_id, quantity): (VariantId, Decimal),
        name: &str,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            invoice: order.into(),
            key,
            variant_id,
            quantity,
            reason: name.into(),
            at,
        }
    }

    pub(super) fn of(batch: &Batch, line: &Line, variant_id: VariantId) -> Self {
        let title = batch.titles.get(line.title);
        Self {
            invoice: Arc::clone(batch.invoices.get(line.invoice)),
            key: line_key(
                batch.skus.get(line.sku),
                title,
                line.quantity,
                line.at,
                line.ordinal,
            ),
            variant_id,
            quantity: line.quantity,
            reason: Arc::clone(title),
            at: line.at,
        }
    }
}

/// Adds the movements that the ledger lacks, and returns how many were added and how many were known.
pub(super) async fn write(
    tx: &mut AccountTx,
    target: &Target,
    movements: &[Movement],
) -> DbResult<(i64, i64)> {
    if movements.is_empty() {
        return Ok((0, 0));
    }
    let invoices: HashSet<&str> = movements
        .iter()
        .map(|movement| &*movement.invoice)
        .collect();
    let known = imports::known_movements(
        tx,
        target.store_id,
        target.format,
        invoices.into_iter().collect(),
    )
    .await?
    .into_iter()
    .map(|known| (known.source_ref, known.source_line))
    .collect::<HashSet<_>>();
    let new: Vec<&Movement> = movements
        .iter()
        .filter(|movement| !known.contains(&(movement.invoice.to_string(), movement.key.clone())))
        .collect();
    if !new.is_empty() {
        add(tx, target, &new).await?;
    }
    Ok((count(new.len()), count(movements.len() - new.len())))
}

async fn add(tx: &mut AccountTx, target: &Target, new: &[&Movement]) -> DbResult<()> {
    let location_id = imports::default_location(tx, target.store_id).await?;
    let mut variant_ids: Vec<VariantId> = new.iter().map(|movement| movement.variant_id).collect();
    variant_ids.sort_unstable();
    variant_ids.dedup();
    let mut levels: BTreeMap<VariantId, Decimal> =
        imports::lock_levels(tx, target.store_id, location_id, &variant_ids)
            .await?
            .into_iter()
            .collect();
    let mut rows = NewMovements::default();
    for movement in new {
        let level = levels
            .get_mut(&movement.variant_id)
            .ok_or_else(|| Error::internal("a stock level was not written"))?;
        let reason = if movement.reason.is_empty() {
            UNSPECIFIED
        } else {
            &movement.reason
        };
        rows.push(
            movement.variant_id,
            (*level, movement.quantity),
            reason,
            (&movement.invoice, &movement.key),
            movement.at,
        );
        *level += movement.quantity;
    }
    let source = (target.format, target.import_id);
    imports::insert_movements(tx, target.store_id, location_id, source, &rows).await?;
    let levels: Vec<(VariantId, Decimal)> = levels.into_iter().collect();
    imports::set_levels(tx, location_id, &levels).await
}
