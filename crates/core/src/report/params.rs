use std::collections::BTreeSet;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::Grouping;
use crate::error::{Error, FieldFault, Result};

/// The most months between the first and the last day of a report.
const LONGEST_RANGE: Months = Months::new(120);
/// Years outside of these are typing errors, and cost the database nothing but trouble.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// The kinds of report that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// What was sold, given back and adjusted.
    Revenue,
}

impl ReportKind {
    /// Returns the word in requests, rows and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
        }
    }

    /// Finds the kind called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        (name == Self::Revenue.name()).then_some(Self::Revenue)
    }
}

/// What a report covers: whole days of the store, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportParams {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The series wanted; none means totals only.
    pub group_by: BTreeSet<Grouping>,
}

impl ReportParams {
    /// Reads the content of a request and tells all its faults at once.
    ///
    /// # Errors
    /// [`Error::Invalid`] with a fault for each field that cannot be accepted.
    pub fn parse(
        kind: &str,
        from: &str,
        to: &str,
        group_by: &[String],
    ) -> Result<(ReportKind, Self)> {
        let mut faults = Faults::default();
        let kind = faults.kind(kind);
        let from = faults.date("from", from);
        let to = faults.date("to", to);
        let group_by = faults.groupings(group_by);
        if let (Some(from), Some(to)) = (from, to) {
            faults.range(from, to);
        }
        match (kind, from, to) {
            (Some(kind), Some(from), Some(to)) if faults.0.is_empty() => {
                Ok((kind, Self { from, to, group_by }))
            }
            _ => Err(Error::Invalid { faults: faults.0 }),
        }
    }
}

#[derive(Default)]
struct Faults(Vec<FieldFault>);

impl Faults {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldFault {
            field: field.into(),
            message: message.into(),
        });
    }

    fn kind(&mut self, name: &str) -> Option<ReportKind> {
        let kind = ReportKind::find(name);
        if kind.is_none() {
            self.add("kind", "is not a kind of report; `revenue` exists");
        }
        kind
    }

    fn date(&mut self, field: &str, text: &str) -> Option<NaiveDate> {
        let Some(date) = parse_date(text) else {
            self.add(field, "is not a date of the form 2011-12-31");
            return None;
        };
        if !YEARS.contains(&date.year()) {
            self.add(
                field,
                format!("must lie in the years {} to {}", YEARS.start(), YEARS.end()),
            );
            return None;
        }
        Some(date)
    }

    fn groupings(&mut self, names: &[String]) -> BTreeSet<Grouping> {
        let mut wanted = BTreeSet::new();
        for (position, name) in names.iter().enumerate() {
            match Grouping::find(name) {
                Some(grouping) => {
                    wanted.insert(grouping);
                }
                None => self.add(
                    format!("group_by[{position}]"),
                    format!(
                        "is none of {}",
                        Grouping::ALL.map(Grouping::name).join(", ")
                    ),
                ),
            }
        }
        wanted
    }

    fn range(&mut self, from: NaiveDate, to: NaiveDate) {
        if to < from {
            self.add("to", "must not lie before `from`");
        } else if from
            .checked_add_months(LONGEST_RANGE)
            .is_some_and(|end| to >= end)
        {
            self.add("to", "must lie within 10 years of `from`");
        }
    }
}

/// Reads exactly `YYYY-MM-DD`: chrono alone would take `2011-1-2` and `+2011-01-02` as well.
fn parse_date(text: &str) -> Option<NaiveDate> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(position, byte)| {
            if matches!(position, 4 | 7) {
                byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        });
    shape
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(from: &str, to: &str) -> Result<(ReportKind, ReportParams)> {
        ReportParams::parse("revenue", from, to, &[])
    }

    fn faulty_fields(error: Error) -> Vec<String> {
        match error {
            Error::Invalid { faults } => faults.into_iter().map(|fault| fault.field).collect(),
            other => panic!("expected Invalid, got {other}"),
        }
    }

    #[test]
    fn a_good_request_becomes_a_range_and_a_set_of_groupings() {
        let names = ["product", "month", "month"].map(str::to_owned);
        let (kind, params) =
            ReportParams::parse("revenue", "2010-12-01", "2011-12-09", &names).unwrap();
        assert_eq!(kind, ReportKind::Revenue);
        assert_eq!(
            serde_json::to_value(&params).unwrap(),
            serde_json::json!({"from": "2010-12-01", "to": "2011-12-09", "group_by": ["month", "product"]})
        );
    }

    #[test]
    fn every_fault_of_a_request_is_told_at_once_with_its_field() {
        let names = ["month", "hour"].map(str::to_owned);
        let error = ReportParams::parse("cohorts", "2026-02-30", "soon", &names).unwrap_err();
        assert!(error.to_string().contains("`revenue` exists"));
        assert_eq!(faulty_fields(error), ["kind", "from", "to", "group_by[1]"]);
    }

    #[test]
    fn dates_that_do_not_exist_or_are_written_otherwise_are_refused() {
        for date in [
            "2026-02-30",
            "2025-02-29",
            "0000-01-01",
            "9999-12-31",
            "1899-12-31",
            "2011-1-2",
            "+2011-01-02",
            "2011-01-02T00:00:00Z",
            " 2011-01-02",
            "２０11-01-02",
            "",
        ] {
            assert_eq!(
                faulty_fields(parse(date, "2011-12-31").unwrap_err()),
                ["from"],
                "{date}"
            );
        }
        assert!(parse("2024-02-29", "2024-02-29").is_ok());
    }

    #[test]
    fn a_range_ends_after_its_beginning_and_within_ten_years() {
        assert!(parse("2011-01-01", "2011-01-01").is_ok());
        assert!(parse("2011-01-01", "2020-12-31").is_ok());
        for to in ["2010-12-31", "2021-01-01", "2111-01-01"] {
            assert_eq!(
                faulty_fields(parse("2011-01-01", to).unwrap_err()),
                ["to"],
                "{to}"
            );
        }
    }
}
