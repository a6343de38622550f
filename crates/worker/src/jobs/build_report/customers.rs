use suite_core::report::{CustomerFigures, ReportOutcome, customer_report};
use suite_db::{AccountTx, DbResult, reports::ReportSubject, sales_reports};

use super::{outcome, range};

pub(super) async fn build(
    tx: &mut AccountTx,
    subject: &ReportSubject,
) -> DbResult<ReportOutcome<CustomerFigures>> {
    let customers = sales_reports::each_customer(tx, range(subject)).await?;
    let unknown = sales_reports::gross_of_unknown(tx, range(subject)).await?;
    let (totals, series) = customer_report(customers, unknown, subject.params.to, subject.currency);
    Ok(outcome(subject, totals, series))
}
