use suite_core::{
    merchandise::NonMerchandise,
    report::{
        Comparison, Grouping, ProductFigures, ProductSales, ReportOutcome, product_rows,
        product_totals,
    },
};
use suite_db::{
    AccountTx, DbResult,
    inventory::stock_terms,
    reports::ReportSubject,
    sales_reports::{self, SalesRange},
};

use super::{earlier, outcome, range};

pub(super) async fn build(
    tx: &mut AccountTx,
    subject: &ReportSubject,
) -> DbResult<ReportOutcome<ProductFigures>> {
    let currency = subject.currency;
    let others = stock_terms::non_merchandise(tx, subject.store_id).await?;
    let mut products = merchandise(tx, range(subject), &others).await?;
    let mut comparison = None;
    if let (Some(with), Some(range)) = (subject.params.compare, earlier(subject)) {
        let then = merchandise(tx, range, &others).await?;
        let totals = product_totals(&then, currency);
        let now = product_totals(&products, currency);
        let days = (range.from, range.to);
        comparison = Some(Comparison::new(with, days, &now, totals));
        products = ProductSales::compared(products, then);
    }
    let totals = product_totals(&products, currency);
    let vendors = ProductSales::by_vendor(&products);
    let series = [
        (Grouping::Vendor, product_rows(vendors, currency)),
        (Grouping::Product, product_rows(products, currency)),
    ];
    let mut result = outcome(subject, totals, series);
    result.comparison = comparison;
    Ok(result)
}

async fn merchandise(
    tx: &mut AccountTx,
    range: SalesRange,
    others: &NonMerchandise,
) -> DbResult<Vec<ProductSales>> {
    let rows = sales_reports::by_variant(tx, range).await?.into_iter();
    let merchandise = rows.filter(|row| !others.has(&row.sku));
    Ok(merchandise
        .map(|row| ProductSales {
            key: row.sku,
            label: row.title,
            vendor: Some(row.vendor),
            measures: row.turnover.measures,
            previous: None,
        })
        .collect())
}
