use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use suite_core::{
    id::VariantId,
    store_time::{day_bounds, store_day},
};
use suite_db::{
    AccountTx, DbResult,
    inventory::analysis_input::{self, OnHandChange},
    reports::ReportSubject,
};

use crate::runtime::JobContext;

/// Returns the moment at which the report's last day is over.
pub(super) fn end_of(subject: &ReportSubject) -> DateTime<Utc> {
    let day = subject.params.to;
    day_bounds((day, day), subject.timezone).1
}

/// Returns what lies on all shelves of each variant at the end of the report's last day.
///
/// A variant whose ledger begins later is left out, as `moved` tells; of today nothing is: what is there now is known.
pub(super) async fn on_hand(
    tx: &mut AccountTx,
    subject: &ReportSubject,
    context: &JobContext,
    moved: &HashSet<VariantId>,
) -> DbResult<HashMap<VariantId, Decimal>> {
    let now = store_day(context.clock().now(), subject.timezone);
    let is_today = now <= subject.params.to;
    let mut stock: HashMap<VariantId, Decimal> = HashMap::new();
    for level in analysis_input::levels_at(tx, subject.store_id, end_of(subject)).await? {
        if is_today || moved.contains(&level.variant_id()) {
            *stock.entry(level.variant_id()).or_default() += level.on_hand;
        }
    }
    Ok(stock)
}

/// Hands on each change of what lies on all shelves of a variant together, up to the end of the report's last day, in order.
pub(super) async fn each_flow(
    tx: &mut AccountTx,
    subject: &ReportSubject,
    mut take: impl FnMut(VariantId, Option<OnHandChange>, NaiveDate),
) -> DbResult<()> {
    let zone = subject.timezone.name();
    let end = end_of(subject);
    analysis_input::each_on_hand_change(tx, subject.store_id, end, zone, |change| {
        // What goes from shelf to shelf tells that the variant is known, and changes nothing.
        let flow = Some(change).filter(|change| !change.is_transfer);
        take(change.variant_id(), flow, change.day);
    })
    .await
}
