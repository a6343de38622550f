use chrono::{Days, Months, NaiveDate};

use crate::store_time::month_of;

/// A range of days cut into whole months and the days before and after them, so that months can be read as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthSplit {
    /// The first and last day before the whole months.
    pub head: Option<(NaiveDate, NaiveDate)>,
    /// The first days of the first and of the last whole month.
    pub months: Option<(NaiveDate, NaiveDate)>,
    /// The first and last day after the whole months.
    pub tail: Option<(NaiveDate, NaiveDate)>,
}

impl MonthSplit {
    /// Cuts `from..=to`; a range without a whole month is all head.
    #[must_use]
    pub fn of(from: NaiveDate, to: NaiveDate) -> Self {
        let days_only = Self {
            head: (from <= to).then_some((from, to)),
            months: None,
            tail: None,
        };
        Self::with_months(from, to).unwrap_or(days_only)
    }

    fn with_months(from: NaiveDate, to: NaiveDate) -> Option<Self> {
        let first = if from == month_of(from) {
            from
        } else {
            next_month(from)?
        };
        // The month after the last whole one.
        let end = month_of(to.succ_opt()?);
        (first < end).then_some(())?;
        Some(Self {
            head: (from < first).then_some((from, first.pred_opt()?)),
            months: Some((first, month_of(end.checked_sub_days(Days::new(1))?))),
            tail: (end <= to).then_some((end, to)),
        })
    }
}

fn next_month(day: NaiveDate) -> Option<NaiveDate> {
    month_of(day).checked_add_months(Months::new(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn part(first: &str, last: &str) -> Option<(NaiveDate, NaiveDate)> {
        Some((day(first), day(last)))
    }

    #[test]
    fn a_range_is_cut_at_its_whole_months() {
        let cut = MonthSplit::of(day("2010-12-15"), day("2011-03-09"));
        assert_eq!(cut.head, part("2010-12-15", "2010-12-31"));
        assert_eq!(cut.months, part("2011-01-01", "2011-02-01"));
        assert_eq!(cut.tail, part("2011-03-01", "2011-03-09"));
    }

    #[test]
    fn ends_that_fit_leave_no_days_over() {
        let cut = MonthSplit::of(day("2011-02-01"), day("2011-02-28"));
        assert_eq!(
            (cut.head, cut.months, cut.tail),
            (None, part("2011-02-01", "2011-02-01"), None)
        );
    }

    #[test]
    fn a_range_without_a_whole_month_is_read_by_days() {
        for (from, to) in [
            ("2011-01-01", "2011-01-30"),
            ("2011-01-02", "2011-01-31"),
            ("2011-01-02", "2011-02-27"),
        ] {
            let cut = MonthSplit::of(day(from), day(to));
            assert_eq!(
                (cut.head, cut.months, cut.tail),
                (part(from, to), None, None),
                "{from} {to}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_parts_cover_every_day_exactly_once(start in 0u64..100_000, length in 0u64..3_653) {
            let from = day("1900-01-01") + Days::new(start);
            let to = from + Days::new(length);
            let cut = MonthSplit::of(from, to);
            let whole = cut.months.map(|(first, last)| (first, next_month(last).unwrap().pred_opt().unwrap()));
            let parts: Vec<_> = [cut.head, whole, cut.tail].into_iter().flatten().collect();
            prop_assert_eq!(parts[0].0, from);
            prop_assert_eq!(parts[parts.len() - 1].1, to);
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].1.succ_opt().unwrap(), pair[1].0);
            }
        }
    }
}
