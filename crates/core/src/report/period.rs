use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::Grouping;
use crate::store_time::month_of;

/// One day, week or month of a range, cut off at the ends of the range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// What it is called: `2010-12-01`, `2010-W48` or `2010-12`.
    pub key: String,
    /// The day on which the whole period begins, also when that lies before the range.
    pub begins: NaiveDate,
    /// Its first day within the range.
    pub first: NaiveDate,
    /// Its last day within the range.
    pub last: NaiveDate,
}

/// Lists every period of `from..=to` in order, none left out; empty for groupings that are no periods.
///
/// Days are the calendar's, so a day of 23 or 25 hours is a day like any other.
#[must_use]
pub fn periods(grouping: Grouping, from: NaiveDate, to: NaiveDate) -> Vec<Period> {
    let mut list = Vec::new();
    let mut first = from;
    while first <= to {
        let Some((begins, next)) = bounds(grouping, first) else {
            break;
        };
        let last = next.pred_opt().map_or(to, |last| last.min(to));
        list.push(Period {
            key: key(grouping, begins),
            begins,
            first,
            last,
        });
        first = next;
    }
    list
}

/// Returns the first day of the period around `day` and of the one after it.
fn bounds(grouping: Grouping, day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    match grouping {
        Grouping::Day => Some((day, day.succ_opt()?)),
        Grouping::Week => {
            let monday = day.week(Weekday::Mon).checked_first_day()?;
            Some((monday, monday.checked_add_days(Days::new(7))?))
        }
        Grouping::Month => {
            let first = month_of(day);
            Some((first, first.checked_add_months(Months::new(1))?))
        }
        _ => None,
    }
}

fn key(grouping: Grouping, begins: NaiveDate) -> String {
    match grouping {
        Grouping::Week => {
            let week = begins.iso_week();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        Grouping::Month => format!("{:04}-{:02}", begins.year(), begins.month()),
        _ => begins.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn keys(grouping: Grouping, from: &str, to: &str) -> Vec<String> {
        periods(grouping, day(from), day(to))
            .into_iter()
            .map(|period| period.key)
            .collect()
    }

    #[test]
    fn days_are_listed_across_the_nights_on_which_the_clock_changes() {
        assert_eq!(
            keys(Grouping::Day, "2011-03-26", "2011-03-28"),
            ["2011-03-26", "2011-03-27", "2011-03-28"]
        );
        assert_eq!(
            keys(Grouping::Day, "2011-10-29", "2011-10-31"),
            ["2011-10-29", "2011-10-30", "2011-10-31"]
        );
        assert_eq!(
            keys(Grouping::Day, "2012-02-28", "2012-03-01"),
            ["2012-02-28", "2012-02-29", "2012-03-01"]
        );
    }

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        assert_eq!(
            keys(Grouping::Week, "2010-12-31", "2011-01-03"),
            ["2010-W52", "2011-W01"]
        );
        assert_eq!(
            keys(Grouping::Week, "2008-12-28", "2008-12-29"),
            ["2008-W52", "2009-W01"]
        );
        assert_eq!(
            keys(Grouping::Week, "2015-12-28", "2016-01-04"),
            ["2015-W53", "2016-W01"]
        );
    }

    #[test]
    fn months_are_cut_at_the_ends_of_the_range() {
        let list = periods(Grouping::Month, day("2010-12-15"), day("2011-02-03"));
        let parts: Vec<_> = list
            .iter()
            .map(|period| {
                (
                    period.key.as_str(),
                    period.begins,
                    period.first,
                    period.last,
                )
            })
            .collect();
        assert_eq!(
            parts,
            [
                (
                    "2010-12",
                    day("2010-12-01"),
                    day("2010-12-15"),
                    day("2010-12-31")
                ),
                (
                    "2011-01",
                    day("2011-01-01"),
                    day("2011-01-01"),
                    day("2011-01-31")
                ),
                (
                    "2011-02",
                    day("2011-02-01"),
                    day("2011-02-01"),
                    day("2011-02-03")
                ),
            ]
        );
    }

    #[test]
    fn products_countries_and_customers_have_no_periods() {
        for grouping in [Grouping::Product, Grouping::Country, Grouping::Customer] {
            assert!(periods(grouping, day("2011-01-01"), day("2011-12-31")).is_empty());
        }
    }

    proptest! {
        #[test]
        fn periods_cover_every_day_of_the_range_exactly_once(start in 0u64..100_000, length in 0u64..3_653) {
            let from = day("1900-01-01") + Days::new(start);
            let to = from + Days::new(length);
            for grouping in [Grouping::Day, Grouping::Week, Grouping::Month] {
                let list = periods(grouping, from, to);
                prop_assert_eq!(list[0].first, from);
                prop_assert_eq!(list[list.len() - 1].last, to);
                for pair in list.windows(2) {
                    prop_assert_eq!(pair[0].last.succ_opt().unwrap(), pair[1].first);
                    prop_assert!(pair[0].key < pair[1].key);
                }
                prop_assert!(list.iter().all(|period| period.first <= period.last));
            }
        }
    }
}
