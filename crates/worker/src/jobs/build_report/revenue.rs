use std::collections::BTreeMap;

use suite_core::{
    report::{
        Comparison, Figures, Grouping, NamedTurnover, RevenueResult, SeriesRow, Turnover,
        period_rows, ranked_rows,
    },
    sales::Measures,
    store_time::day_bounds,
};
use suite_db::{
    AccountTx, DbResult,
    reports::ReportSubject,
    sales_reports::{self, SalesRange},
};

use super::{earlier, outcome, range};
use crate::runtime::{JobContext, JobError};

pub(super) async fn build(
    tx: &mut AccountTx,
    subject: &ReportSubject,
    context: &JobContext,
) -> Result<RevenueResult, JobError> {
    let totals = totals(tx, subject, range(subject)).await?;
    let mut result = outcome(subject, totals, []);
    if let (Some(with), Some(range)) = (subject.params.compare, earlier(subject)) {
        let then = self::totals(tx, subject, range).await?;
        let days = (range.from, range.to);
        result.comparison = Some(Comparison::new(with, days, &result.totals, then));
    }
    let wanted = u64::try_from(subject.params.group_by.len()).ok();
    for (done, &grouping) in (0..).zip(&subject.params.group_by) {
        context.check_cancelled()?;
        context.progress(done, wanted, "series", grouping.name());
        let rows = series(tx, subject, grouping).await?;
        result.series.insert(grouping, rows);
    }
    Ok(result)
}

async fn totals(
    tx: &mut AccountTx,
    subject: &ReportSubject,
    range: SalesRange,
) -> DbResult<Figures> {
    let totals = sales_reports::totals(tx, range).await?;
    Ok(Figures::new(
        &totals.measures,
        totals.customers,
        subject.currency,
    ))
}

/// Computes the rows of one grouping.
async fn series(
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
        Grouping::Product => {
            let variants = sales_reports::by_variant(tx, range).await?;
            variants.into_iter().map(NamedTurnover::from).collect()
        }
        Grouping::Vendor => by_vendor(tx, range).await?,
        Grouping::Country => sales_reports::by_country(tx, range).await?,
        Grouping::Channel => {
            let moments = day_bounds((range.from, range.to), subject.timezone);
            sales_reports::by_channel(tx, range.store_id, moments).await?
        }
        Grouping::Customer => sales_reports::by_customer(tx, range).await?,
        // Of other kinds of report: a request for them is refused.
        Grouping::Segment | Grouping::Cohort => Vec::new(),
    };
    Ok(ranked_rows(named, subject.currency))
}

async fn by_vendor(tx: &mut AccountTx, range: SalesRange) -> DbResult<Vec<NamedTurnover>> {
    let mut vendors: BTreeMap<String, Measures> = BTreeMap::new();
    for row in sales_reports::by_variant(tx, range).await? {
        *vendors.entry(row.vendor).or_default() += row.turnover.measures;
    }
    let named = vendors.into_iter().map(|(name, measures)| {
        let turnover = Turnover {
            measures,
            customers: None,
        };
        NamedTurnover::by_name(Grouping::Vendor, name, turnover)
    });
    Ok(named.collect())
}
