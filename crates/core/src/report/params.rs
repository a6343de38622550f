use std::collections::BTreeSet;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Compare, Grouping, ReportKind};
use crate::error::{Error, FieldFault, Result};

/// The most months between the first and the last day of a report.
const LONGEST_RANGE: Months = Months::new(120);
/// Years outside of these are typing errors, and cost the database nothing but trouble.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// What a report covers: whole days of the store, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportParams {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The series wanted; none means totals only.
    pub group_by: BTreeSet<Grouping>,
    /// With which range it is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
}

/// What somebody asks for, before it is known to make sense.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportWish<'a> {
    /// The word for the kind.
    pub kind: &'a str,
    /// The first day; may be absent where the kind describes one day.
    pub from: Option<&'a str>,
    /// The last day.
    pub to: &'a str,
    /// The series wanted.
    pub group_by: &'a [String],
    /// The word for the range to compare with.
    pub compare: Option<&'a str>,
}

impl ReportParams {
    /// Reads the content of a request and tells all its faults at once.
    ///
    /// An empty `group_by` becomes the kind's usual series; a kind that describes one day begins where it ends.
    ///
    /// # Errors
    /// [`Error::Invalid`] with a fault for each field that cannot be accepted.
    pub fn parse(wish: &ReportWish<'_>) -> Result<(ReportKind, Self)> {
        let mut faults = Faults::default();
        let kind = faults.kind(wish.kind);
        let from = match wish.from {
            None if kind.is_some_and(ReportKind::is_as_of) => Some(None),
            from => faults.date("from", from.unwrap_or_default()).map(Some),
        };
        let to = faults.date("to", wish.to);
        let mut group_by = faults.groupings(kind, wish.group_by);
        let compare = wish.compare.and_then(|name| faults.compare(kind, name));
        let from = match (from, kind) {
            (_, Some(kind)) if kind.is_as_of() => to,
            (from, _) => from.flatten(),
        };
        if let (Some(from), Some(to)) = (from, to) {
            faults.range(from, to);
        }
        match (kind, from, to) {
            (Some(kind), Some(from), Some(to)) if faults.0.is_empty() => {
                if group_by.is_empty() {
                    group_by.extend(kind.usual_groupings());
                }
                let params = Self {
                    from,
                    to,
                    group_by,
                    compare,
                };
                Ok((kind, params))
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
            let names = ReportKind::ALL.map(|kind| format!("`{}`", kind.name()));
            self.add("kind", format!("is none of {}", names.join(", ")));
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

    /// Where the kind is not known either, any grouping will do.
    fn groupings(&mut self, kind: Option<ReportKind>, names: &[String]) -> BTreeSet<Grouping> {
        let known = kind.map_or(&Grouping::ALL[..], ReportKind::groupings);
        let mut wanted = BTreeSet::new();
        for (position, name) in names.iter().enumerate() {
            match Grouping::find(name).filter(|grouping| known.contains(grouping)) {
                Some(grouping) => {
                    wanted.insert(grouping);
                }
                None => {
                    let known: Vec<&str> = known.iter().map(|grouping| grouping.name()).collect();
                    self.add(
                        format!("group_by[{position}]"),
                        format!("is none of {}", known.join(", ")),
                    );
                }
            }
        }
        wanted
    }

    fn compare(&mut self, kind: Option<ReportKind>, name: &str) -> Option<Compare> {
        let compare = Compare::find(name);
        if compare.is_none() {
            self.add("compare", "is none of previous_period, previous_year");
        } else if kind.is_some_and(|kind| !kind.compares()) {
            self.add("compare", "is for `revenue` and `products` only");
        }
        compare
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
        ReportParams::parse(&wish("revenue", from, to, &[]))
    }

    fn wish<'a>(
        kind: &'a str,
        from: &'a str,
        to: &'a str,
        group_by: &'a [String],
    ) -> ReportWish<'a> {
        ReportWish {
            kind,
            from: Some(from),
            to,
            group_by,
            compare: None,
        }
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
            ReportParams::parse(&wish("revenue", "2010-12-01", "2011-12-09", &names)).unwrap();
        assert_eq!(kind, ReportKind::Revenue);
        assert_eq!(
            serde_json::to_value(&params).unwrap(),
            serde_json::json!({"from": "2010-12-01", "to": "2011-12-09", "group_by": ["month", "product"]})
        );
    }

    #[test]
    fn every_fault_of_a_request_is_told_at_once_with_its_field() {
        let names = ["month", "hour"].map(str::to_owned);
        let error = ReportParams::parse(&wish("taxes", "2026-02-30", "soon", &names)).unwrap_err();
        assert!(error.to_string().contains("`revenue`, `products`"));
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

    #[test]
    fn each_kind_takes_its_own_groupings_and_has_usual_ones() {
        let names = ["vendor", "day"].map(str::to_owned);
        let error =
            ReportParams::parse(&wish("products", "2011-01-01", "2011-01-31", &names)).unwrap_err();
        assert_eq!(faulty_fields(error), ["group_by[1]"]);
        let (_, params) =
            ReportParams::parse(&wish("customers", "2011-01-01", "2011-01-31", &[])).unwrap();
        assert_eq!(
            params.group_by,
            [Grouping::Segment, Grouping::Customer].into()
        );
    }

    #[test]
    fn what_describes_one_day_needs_no_first_one() {
        let wish = ReportWish {
            kind: "inventory_value",
            to: "2011-01-31",
            ..ReportWish::default()
        };
        let (_, params) = ReportParams::parse(&wish).unwrap();
        assert_eq!(params.from, params.to);
        let error = ReportParams::parse(&ReportWish {
            kind: "revenue",
            ..wish
        });
        assert_eq!(faulty_fields(error.unwrap_err()), ["from"]);
    }

    #[test]
    fn only_sales_are_compared() {
        let wish = ReportWish {
            compare: Some("previous_year"),
            ..wish("revenue", "2011-01-01", "2011-01-31", &[])
        };
        let (_, params) = ReportParams::parse(&wish).unwrap();
        assert_eq!(params.compare, Some(Compare::PreviousYear));
        for (kind, compare) in [("cohorts", "previous_year"), ("revenue", "yesterday")] {
            let wish = ReportWish {
                kind,
                compare: Some(compare),
                ..wish
            };
            let error = ReportParams::parse(&wish).unwrap_err();
            assert_eq!(faulty_fields(error), ["compare"], "{kind}");
        }
    }
}
