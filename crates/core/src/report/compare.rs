use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy, dec};
use serde::{Deserialize, Serialize};

use super::{Cell, ReportFigures};
use crate::store_time::month_of;

/// With which range a report is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The same length directly before; whole months are compared with as many whole months.
    PreviousPeriod,
    /// The same dates one year earlier; 29 February stands against 28 February.
    PreviousYear,
}

impl Compare {
    /// Both.
    pub const ALL: [Self; 2] = [Self::PreviousPeriod, Self::PreviousYear];

    /// Returns the word in requests and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreviousPeriod => "previous_period",
            Self::PreviousYear => "previous_year",
        }
    }

    /// Returns what people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::PreviousPeriod => "Previous period",
            Self::PreviousYear => "Previous year",
        }
    }

    /// Finds the one called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|compare| compare.name() == name)
    }

    /// Returns the range that `from..=to` is compared with.
    #[must_use]
    pub fn range(self, from: NaiveDate, to: NaiveDate) -> (NaiveDate, NaiveDate) {
        let earlier = match self {
            Self::PreviousPeriod => months_before(from, to).or_else(|| days_before(from, to)),
            Self::PreviousYear => year_before(from).zip(year_before(to)),
        };
        // Only a range at the beginning of the calendar has none before it.
        earlier.unwrap_or((from, to))
    }
}

fn months_before(from: NaiveDate, to: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let end = to.succ_opt()?;
    if from != month_of(from) || end != month_of(end) {
        return None;
    }
    let months =
        (end.year() - from.year()) * 12 + end.month0().cast_signed() - from.month0().cast_signed();
    let first = from.checked_sub_months(Months::new(u32::try_from(months).ok()?))?;
    Some((first, from.pred_opt()?))
}

fn days_before(from: NaiveDate, to: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let days = u64::try_from((to - from).num_days() + 1).ok()?;
    Some((from.checked_sub_days(Days::new(days))?, from.pred_opt()?))
}

fn year_before(day: NaiveDate) -> Option<NaiveDate> {
    day.checked_sub_months(Months::new(12))
}

/// The totals of the range that a report is compared with, and by how much the report differs from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison<F> {
    /// How the range was chosen.
    pub with: Compare,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// Its totals.
    pub totals: F,
    /// Of each figure that is a number: how far the report's lies from it.
    pub change: BTreeMap<String, Change>,
}

/// How far a figure lies from what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Now less then.
    pub difference: Decimal,
    /// The difference in percent of the size of the figure then, to 2 decimals; null when that was zero.
    pub percent: Option<Decimal>,
}

impl Change {
    /// Compares two numbers.
    #[must_use]
    pub fn of(now: Decimal, then: Decimal) -> Self {
        let difference = now - then;
        Self {
            difference: difference.normalize(),
            percent: percent_of(difference, then.abs()),
        }
    }
}

impl<F: ReportFigures> Comparison<F> {
    /// Compares the totals of a report with those of a range.
    #[must_use]
    pub fn new(with: Compare, (from, to): (NaiveDate, NaiveDate), now: &F, then: F) -> Self {
        let mut change = BTreeMap::new();
        let figures = now.cells().into_iter().zip(then.cells());
        for (column, (one, other)) in F::columns(now).into_iter().zip(figures) {
            if let (Some(one), Some(other)) = (number(one), number(other)) {
                change.insert(column.name.into_owned(), Change::of(one, other));
            }
        }
        Self {
            with,
            from,
            to,
            totals: then,
            change,
        }
    }
}

fn number(cell: Cell<'_>) -> Option<Decimal> {
    match cell {
        Cell::Count(count) => Some(count.into()),
        Cell::Money(number) | Cell::Quantity(number) => Some(number),
        Cell::Empty | Cell::Text(_) | Cell::Date(_) | Cell::Percent(_) => None,
    }
}

/// Returns `part` in percent of `whole`, to 2 decimals, half away from zero; `None` when the whole is zero.
#[must_use]
pub fn percent_of(part: Decimal, whole: Decimal) -> Option<Decimal> {
    let percent = part.checked_mul(dec!(100))?.checked_div(whole)?;
    Some(
        percent
            .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
            .normalize(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn range(compare: Compare, from: &str, to: &str) -> String {
        let (from, to) = compare.range(day(from), day(to));
        format!("{from} {to}")
    }

    #[test]
    fn whole_months_stand_against_whole_months_and_days_against_days() {
        use Compare::*;
        for (compare, from, to, expected) in [
            (
                PreviousPeriod,
                "2011-03-01",
                "2011-03-31",
                "2011-02-01 2011-02-28",
            ),
            (
                PreviousPeriod,
                "2011-01-01",
                "2011-12-31",
                "2010-01-01 2010-12-31",
            ),
            (
                PreviousPeriod,
                "2011-03-01",
                "2011-03-30",
                "2011-01-30 2011-02-28",
            ),
            (
                PreviousPeriod,
                "2011-03-07",
                "2011-03-13",
                "2011-02-28 2011-03-06",
            ),
            (
                PreviousPeriod,
                "2011-03-07",
                "2011-03-07",
                "2011-03-06 2011-03-06",
            ),
            (
                PreviousYear,
                "2012-02-29",
                "2012-03-31",
                "2011-02-28 2011-03-31",
            ),
            (
                PreviousYear,
                "2011-12-01",
                "2011-12-09",
                "2010-12-01 2010-12-09",
            ),
        ] {
            assert_eq!(range(compare, from, to), expected, "{from} {to}");
        }
    }

    #[test]
    fn a_change_from_nothing_has_no_percent_and_one_from_a_loss_its_sign() {
        assert_eq!(
            Change::of(dec!(5), dec!(0)),
            Change {
                difference: dec!(5),
                percent: None
            }
        );
        assert_eq!(Change::of(dec!(110), dec!(80)).percent, Some(dec!(37.5)));
        assert_eq!(Change::of(dec!(5), dec!(-10)).percent, Some(dec!(150)));
        assert_eq!(percent_of(dec!(1), dec!(3)), Some(dec!(33.33)));
        assert_eq!(percent_of(dec!(0.125), dec!(100)), Some(dec!(0.13)));
    }

    proptest! {
        #[test]
        fn the_previous_period_ends_the_day_before_and_is_as_long(start in 0u64..90_000, length in 0u64..1_000) {
            let from = day("1900-01-01") + Days::new(start);
            let to = from + Days::new(length);
            let (first, last) = Compare::PreviousPeriod.range(from, to);
            prop_assert_eq!(last.succ_opt().unwrap(), from);
            let is_whole = from.day() == 1 && to.succ_opt().unwrap().day() == 1;
            prop_assert!(is_whole && first.day() == 1 || (last - first) == (to - from));
        }
    }
}
