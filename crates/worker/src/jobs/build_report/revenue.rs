use std::collections::BTreeMap;

use suite_core::report::{Figures, Grouping, RevenueResult, SeriesRow, period_rows, ranked_rows};
use suite_db::{
    AccountTx, DbResult,
    reports::ReportSubject,
    sales_reports::{self, SalesRange},
};

/// Computes the figures of the whole range, with no series yet.
pub(super) async fn totals(tx: &mut AccountTx, subject: &ReportSubject) -> DbResult<RevenueResult> {
    let totals = sales_reports::totals(tx, range(subject)).await?;
    Ok(RevenueResult {
        currency: subject.currency,
        timezone: subject.timezone,
        from: subject.params.from,
        to: subject.params.to,
        totals: Figures::new(&totals.measures, totals.customers, subject.currency),
        series: BTreeMap::new(),
    })
}

/// Computes the rows of one grouping.
pub(super) async fn series(
    tx: &mut AccountTx,
    subject: &ReportSubject,
    grouping: Grouping,
) -> DbResult<Vec<SeriesRow>> {
    let range = range(subject);
    let named = match grouping {
        Grouping::Day | Grouping::Week | Grouping::Month => {
            let sums = sales_reports::by_period(tx, range, grouping)
                .await?
                .into_iter()
                .collect();
            return Ok(period_rows(
                &subject.params,
                grouping,
                &sums,
                subject.currency,
            ));
        }
        Grouping::Product => sales_reports::by_product(tx, range).await?,
        Grouping::Country => sales_reports::by_country(tx, range).await?,
        Grouping::Customer => sales_reports::by_customer(tx, range).await?,
    };
    Ok(ranked_rows(named, subject.currency))
}

fn range(subject: &ReportSubject) -> SalesRange {
    SalesRange {
        store_id: subject.store_id,
        from: subject.params.from,
        to: subject.params.to,
    }
}
