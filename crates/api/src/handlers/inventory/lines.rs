//! What all acts have in common: their lines are checked together, posted together and kept together.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use suite_core::{
    Error,
    error::Result,
    id::{LocationId, PurchaseOrderId, StockDocumentId, StoreId, VariantId},
    money::{Currency, format_quantity},
};
use suite_db::{
    AccountTx,
    imports::{default_location, hold_store},
    inventory::{
        documents::{self, NewDocument},
        ledger::{self, Entry, Posted, Source},
        levels,
    },
};
use uuid::Uuid;

use super::documents::{DocumentLine, DocumentView};
use crate::{
    fields::{self, Faults},
    problem::ApiResult,
    respond::Answer,
};

/// The most lines of one act: they are locked together.
pub(super) const LINES_MAX: usize = 1_000;

/// Nobody remembers earlier stock.
const EARLIEST: &str = "1900-01-01T00:00:00Z";

/// An act that is about to change stock.
pub(super) struct Act<'a> {
    pub(super) store_id: StoreId,
    pub(super) kind: &'static str,
    pub(super) location_id: LocationId,
    pub(super) to_location_id: Option<LocationId>,
    pub(super) purchase_order_id: Option<PurchaseOrderId>,
    pub(super) reason: &'a str,
    pub(super) actor: &'a str,
    pub(super) occurred_at: DateTime<Utc>,
}

/// Returns the currency of a store that lives, and the location that was meant: its default one when none was named.
pub(super) async fn place(
    tx: &mut AccountTx,
    store_id: StoreId,
    location_id: Option<Uuid>,
) -> ApiResult<(Currency, LocationId)> {
    let terms = hold_store(tx, store_id).await?;
    let location_id = match location_id {
        Some(id) => id.into(),
        None => default_location(tx, store_id).await?,
    };
    Ok((terms.currency, location_id))
}

/// Tells what is wrong with the variants and locations of an act, whatever store or account they are of.
pub(super) async fn check_places(
    tx: &mut AccountTx,
    store_id: StoreId,
    variant_ids: &[VariantId],
    locations: &[(&'static str, LocationId)],
) -> ApiResult<()> {
    let location_ids: Vec<LocationId> = locations.iter().map(|(_, id)| *id).collect();
    let (variants, places) = levels::strangers(tx, store_id, variant_ids, &location_ids).await?;
    let mut faults = Faults::default();
    for (field, id) in locations {
        if places.contains(id) {
            faults.add(*field, "is no location of this store");
        }
    }
    for (position, id) in variant_ids.iter().enumerate() {
        if variants.contains(id) {
            faults.add(
                format!("lines[{position}].variant_id"),
                "is no variant of this store",
            );
        }
    }
    Ok(faults.all(Some(()))?)
}

/// Posts the entries of an act and keeps it; answers 201 with what came of it.
pub(super) async fn perform(
    tx: &mut AccountTx,
    act: &Act<'_>,
    currency: Currency,
    entries: &[Entry],
    now: DateTime<Utc>,
) -> ApiResult<Answer> {
    let id = StockDocumentId::new();
    let source = Source {
        kind: act.kind,
        reference: &id.to_string(),
        reason: act.reason,
        actor: act.actor,
        occurred_at: act.occurred_at,
    };
    let posted = ledger::post(tx, act.store_id, &source, entries).await?;
    let lines: Vec<DocumentLine> = entries
        .iter()
        .zip(posted)
        .map(|(entry, posted)| line(entry, posted, currency))
        .collect();
    let new = NewDocument {
        id,
        store_id: act.store_id,
        kind: act.kind,
        location_id: act.location_id,
        to_location_id: act.to_location_id,
        purchase_order_id: act.purchase_order_id,
        reason: act.reason,
        actor: act.actor,
        lines: serde_json::to_value(lines).map_err(Error::internal)?,
        occurred_at: act.occurred_at,
    };
    let document = documents::insert(tx, &new, now).await?;
    Answer::created(
        format!("/v1/inventory/documents/{id}"),
        &DocumentView::from(document),
    )
}

fn line(entry: &Entry, posted: Posted, currency: Currency) -> DocumentLine {
    DocumentLine {
        variant_id: entry.variant_id.into(),
        location_id: entry.location_id.into(),
        level: entry.level.name(),
        quantity: format_quantity(posted.after - posted.before),
        before: format_quantity(posted.before),
        after: format_quantity(posted.after),
        unit_cost: entry.unit_cost.map(|cost| currency.format(cost)),
    }
}

/// Tells what is wrong with the lines as a whole: none, too many, or a variant twice.
pub(super) fn check_lines(faults: &mut Faults, variant_ids: impl Iterator<Item = Uuid>) {
    let mut seen = HashSet::new();
    let mut count = 0;
    for (position, id) in variant_ids.enumerate() {
        count += 1;
        if !seen.insert(id) {
            faults.add(
                format!("lines[{position}].variant_id"),
                "stands in a line before",
            );
        }
    }
    if count == 0 || count > LINES_MAX {
        faults.add("lines", format!("must be 1 to {LINES_MAX}"));
    }
}

/// The reason of an act, or the usual one.
pub(super) fn reason(field: &str, text: Option<&str>, usual: &str) -> Result<String> {
    text.map_or_else(|| Ok(usual.to_owned()), |text| fields::name(field, text))
}

/// When an act happened: now, unless said otherwise.
pub(super) fn moment(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let at = at.unwrap_or(now);
    let earliest: Option<DateTime<Utc>> = EARLIEST.parse().ok();
    // Clocks of two machines differ by seconds.
    if earliest.is_some_and(|earliest| at < earliest) || at > now + TimeDelta::minutes(5) {
        let message = "must lie between 1900 and now";
        return Err(Error::invalid("occurred_at", message));
    }
    Ok(at)
}
