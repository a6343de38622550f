//! What somebody says of a schedule, checked as a whole.

use std::collections::BTreeSet;

use suite_core::{
    Result,
    credentials::normalize_email,
    report::{ReportParams, ReportWish},
    report_schedule::{Timetable, TimetableText},
};

use crate::fields::Faults;

/// More readers than these are a mailing list, which this is not.
const RECIPIENTS_MAX: usize = 20;
/// Any day: only kind, series and comparison are of interest.
const SOME_DAY: &str = "2026-01-01";

/// What is checked together.
pub(super) struct Said<'a> {
    pub(super) kind: &'a str,
    pub(super) group_by: &'a [String],
    pub(super) compare: Option<&'a str>,
    pub(super) timetable: TimetableText<'a>,
    pub(super) recipients: &'a [String],
}

/// Tells all faults at once.
pub(super) fn check(said: &Said<'_>) -> Result<(Timetable, Vec<String>)> {
    let mut faults = Faults::default();
    let params = ReportParams::parse(&ReportWish {
        kind: said.kind,
        from: Some(SOME_DAY),
        to: SOME_DAY,
        group_by: said.group_by,
        compare: said.compare,
    });
    let params = faults.check(params)?;
    let timetable = faults.check(Timetable::parse(&said.timetable))?;
    let mut addresses = BTreeSet::new();
    for (position, address) in said.recipients.iter().enumerate() {
        let field = format!("recipients[{position}]");
        addresses.extend(faults.check(normalize_email(&field, address))?);
    }
    if said.recipients.is_empty() || addresses.len() > RECIPIENTS_MAX {
        let message = format!("must be 1 to {RECIPIENTS_MAX} addresses");
        faults.add("recipients", message);
    }
    let ((_, timetable), addresses) = faults.all(params.zip(timetable).zip(Some(addresses)))?;
    Ok((timetable, addresses.into_iter().collect()))
}
