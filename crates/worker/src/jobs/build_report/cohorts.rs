use suite_core::report::{CohortFigures, Grouping, ReportOutcome, cohort_rows};
use suite_db::{AccountTx, DbResult, reports::ReportSubject, sales_reports};

use super::{outcome, range};

pub(super) async fn build(
    tx: &mut AccountTx,
    subject: &ReportSubject,
) -> DbResult<ReportOutcome<CohortFigures>> {
    let range = range(subject);
    let months = sales_reports::cohort_months(tx, range).await?;
    let (totals, rows) = cohort_rows((range.from, range.to), &months, subject.currency);
    Ok(outcome(subject, totals, [(Grouping::Cohort, rows)]))
}
