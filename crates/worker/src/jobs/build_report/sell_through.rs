use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use rust_decimal::Decimal;
use suite_core::{
    id::VariantId,
    report::{Grouping, Line, ReportOutcome, SellThroughFigures},
};
use suite_db::{
    AccountTx, DbResult,
    inventory::{analysis_input, stock_terms},
    reports::ReportSubject,
    sales_reports,
};

use super::{by_vendor, label, outcome, stock};
use crate::runtime::JobContext;

/// What happened to a variant's stock in the range.
#[derive(Default)]
struct Moves {
    received: Decimal,
    net: Decimal,
}

pub(super) async fn build(
    tx: &mut AccountTx,
    subject: &ReportSubject,
    context: &JobContext,
) -> DbResult<ReportOutcome<SellThroughFigures>> {
    let currency = subject.currency;
    let others = stock_terms::non_merchandise(tx, subject.store_id).await?;
    let sold = sold(tx, subject).await?;
    let moves = moves(tx, subject).await?;
    let moved: HashSet<VariantId> = moves.keys().copied().collect();
    let on_hand = stock::on_hand(tx, subject, context, &moved).await?;
    let mut rows = Vec::new();
    for (id, name) in sales_reports::variant_names(tx, subject.store_id).await? {
        let (units, gross) = sold.get(&id).copied().unwrap_or_default();
        let stock = on_hand.get(&id).map(|there| {
            let (received, net) = moves
                .get(&id)
                .map_or_else(Default::default, |moves| (moves.received, moves.net));
            (*there - net, received, *there)
        });
        let has_stock = stock
            .is_some_and(|(opening, _, there)| opening != Decimal::ZERO || there != Decimal::ZERO);
        if others.has(&name.sku) || (units.is_zero() && !has_stock) {
            continue;
        }
        let figures = SellThroughFigures::of_variant((units, currency.scale(gross)), stock);
        rows.push(Line {
            key: name.sku,
            label: label(Grouping::Product, &name.title),
            figures: figures.from_vendor(name.vendor),
        });
    }
    rank(&mut rows);
    let sum = |figures: &[&SellThroughFigures]| {
        let nothing = SellThroughFigures::nothing(currency);
        figures.iter().fold(nothing, |sums, one| sums.plus(one))
    };
    let all: Vec<&SellThroughFigures> = rows.iter().map(|row| &row.figures).collect();
    let totals = sum(&all);
    let mut vendors = by_vendor(&rows, |figures| figures.vendor.as_deref(), sum);
    rank(&mut vendors);
    let series = [(Grouping::Product, rows), (Grouping::Vendor, vendors)];
    Ok(outcome(subject, totals, series))
}

/// Returns pieces and gross of each variant.
async fn sold(
    tx: &mut AccountTx,
    subject: &ReportSubject,
) -> DbResult<HashMap<VariantId, (Decimal, Decimal)>> {
    let mut sold: HashMap<VariantId, (Decimal, Decimal)> = HashMap::new();
    let days = (subject.params.from, subject.params.to);
    analysis_input::each_sales_day(tx, subject.store_id, days, |sale| {
        let sums = sold.entry(sale.variant_id).or_default();
        sums.0 += sale.units;
        sums.1 += sale.gross;
    })
    .await?;
    Ok(sold)
}

async fn moves(tx: &mut AccountTx, subject: &ReportSubject) -> DbResult<HashMap<VariantId, Moves>> {
    let from = subject.params.from;
    let mut moves: HashMap<VariantId, Moves> = HashMap::new();
    stock::each_flow(tx, subject, |variant_id, change, day| {
        let sums = moves.entry(variant_id).or_default();
        if let Some(change) = change.filter(|_| day >= from) {
            sums.net += change.quantity;
            sums.received += change.quantity.max(Decimal::ZERO);
        }
    })
    .await?;
    Ok(moves)
}

/// What sold for most first, then by key.
fn rank(rows: &mut [Line<SellThroughFigures>]) {
    rows.sort_by(|one, other| {
        let gross = |row: &Line<SellThroughFigures>| Reverse(row.figures.gross);
        (gross(one), &one.key, &one.label).cmp(&(gross(other), &other.key, &other.label))
    });
}
