use std::{cmp::Reverse, collections::HashMap};

use suite_core::{
    id::LocationId,
    inventory::AnalysisParams,
    report::{Grouping, Line, ReorderFigures, ReportOutcome, sum_reorder},
};
use suite_db::{
    AccountTx,
    inventory::{analyses::AnalysisSubject, locations, vendors},
    reports::ReportSubject,
    sales_reports,
};

use super::{by_vendor, label, outcome};
use crate::{
    jobs::analyze_inventory,
    runtime::{JobContext, JobError},
};

pub(super) async fn build(
    tx: &mut AccountTx,
    subject: &ReportSubject,
    context: &JobContext,
) -> Result<ReportOutcome<ReorderFigures>, JobError> {
    let (store_id, currency) = (subject.store_id, subject.currency);
    let analysis = AnalysisSubject {
        store_id,
        params: AnalysisParams::usual(subject.params.to),
        currency,
        timezone: subject.timezone,
    };
    let items = analyze_inventory::analysed(tx, analysis, context).await?;
    let names = sales_reports::variant_names(tx, store_id).await?;
    let vendor_names = vendors::names(tx, store_id).await?;
    let places: HashMap<LocationId, String> = locations::of_store(tx, store_id)
        .await?
        .into_iter()
        .map(|location| (location.id, location.name))
        .collect();
    let mut rows = Vec::new();
    for item in items {
        let vendor = item.vendor_id.and_then(|id| vendor_names.get(&id).cloned());
        let location = places.get(&item.location_id).cloned().unwrap_or_default();
        let Some(name) = names.get(&item.variant_id) else {
            continue;
        };
        // They come by what it costs to ignore them.
        if let Some(figures) = ReorderFigures::of_item(&item.figures, vendor, location, currency) {
            rows.push(Line {
                key: name.sku.clone(),
                label: label(Grouping::Product, &name.title),
                figures,
            });
        }
    }
    let totals = sum_reorder(rows.iter().map(|row| &row.figures), currency);
    let sum = |figures: &[&ReorderFigures]| sum_reorder(figures.iter().copied(), currency);
    let mut vendors = by_vendor(&rows, |figures| figures.vendor.as_deref(), sum);
    vendors.sort_by_key(|row| Reverse(row.figures.cost_of_ignoring));
    let series = [(Grouping::Product, rows), (Grouping::Vendor, vendors)];
    Ok(outcome(subject, totals, series))
}
