use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use rust_decimal::Decimal;
use suite_core::{
    id::VariantId,
    inventory::{Flow, value_stock},
    report::{Grouping, Line, ReportOutcome, StockValueFigures},
};
use suite_db::{
    AccountTx, DbResult, inventory::analysis_input, reports::ReportSubject, sales_reports,
};

use super::{by_vendor, label, outcome, stock};
use crate::runtime::JobContext;

pub(super) async fn build(
    tx: &mut AccountTx,
    subject: &ReportSubject,
    context: &JobContext,
) -> DbResult<ReportOutcome<StockValueFigures>> {
    let mut flows: HashMap<VariantId, Vec<Flow>> = HashMap::new();
    stock::each_flow(tx, subject, |variant_id, change, day| {
        let known = flows.entry(variant_id).or_default();
        known.extend(change.map(|change| Flow {
            day,
            quantity: change.quantity,
            unit_cost: change.unit_cost,
        }));
    })
    .await?;
    let moved: HashSet<VariantId> = flows.keys().copied().collect();
    let on_hand = stock::on_hand(tx, subject, context, &moved).await?;
    let mut names = sales_reports::variant_names(tx, subject.store_id).await?;
    let mut rows = Vec::new();
    for variant in analysis_input::catalogue(tx, subject.store_id).await? {
        let there = on_hand.get(&variant.id).copied().unwrap_or_default();
        let Some(name) = names.remove(&variant.id).filter(|_| !there.is_zero()) else {
            continue;
        };
        let flows = flows.get(&variant.id).map_or(&[][..], Vec::as_slice);
        let worth = value_stock(there, flows, variant.cost, subject.params.to);
        let figures = StockValueFigures::of_variant(there, &worth, variant.price, subject.currency);
        rows.push(Line {
            key: name.sku,
            label: label(Grouping::Product, &name.title),
            figures: StockValueFigures {
                vendor: Some(name.vendor).filter(|vendor| !vendor.is_empty()),
                ..figures
            },
        });
    }
    rank(&mut rows);
    let sum = |figures: &[&StockValueFigures]| {
        let mut sums = StockValueFigures {
            variants: Some(0),
            unvalued: Some(0),
            ..StockValueFigures::default()
        };
        figures.iter().for_each(|variant| sums.add(variant));
        sums
    };
    let all: Vec<&StockValueFigures> = rows.iter().map(|row| &row.figures).collect();
    let totals = sum(&all);
    let mut vendors = by_vendor(&rows, |figures| figures.vendor.as_deref(), sum);
    rank(&mut vendors);
    let series = [(Grouping::Product, rows), (Grouping::Vendor, vendors)];
    Ok(outcome(subject, totals, series))
}

/// The most valuable first, then by key.
fn rank(rows: &mut [Line<StockValueFigures>]) {
    rows.sort_by(|one, other| {
        let value = |row: &Line<StockValueFigures>| -> Reverse<Option<Decimal>> {
            Reverse(row.figures.value_average)
        };
        (value(one), &one.key, &one.label).cmp(&(value(other), &other.key, &other.label))
    });
}
