use std::{borrow::Cow, collections::BTreeMap};

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Cell, Column,
    ColumnKind::{Count, Money, Percent},
    Grouping, Line, ReportFigures, percent_of, periods,
};
use crate::{money::Currency, store_time::month_of};

/// The figures of a cohort, or of all cohorts together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CohortFigures {
    /// Known customers whose first purchase ever lies in the month (and in the range).
    pub customers: i64,
    /// Their sales before discounts from then to the end of the range.
    pub gross: Decimal,
    /// `gross ÷ customers`, rounded to the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross_per_customer: Option<Decimal>,
    /// How many of them bought in the first month, in the one after it, and so on; the last month may not be over.
    pub active: Vec<i64>,
    /// Those in percent of the customers; of all cohorts together: of those that have lived that long.
    pub retention_percent: Vec<Decimal>,
}

impl ReportFigures for CohortFigures {
    fn columns(totals: &Self) -> Vec<Column> {
        let mut columns = vec![
            Column::new("customers", "Customers", Count),
            Column::new("gross", "Gross", Money),
            Column::new("gross_per_customer", "Gross each", Money),
        ];
        columns.extend((0..totals.retention_percent.len()).map(|month| Column {
            name: Cow::Owned(format!("month_{month}_percent")),
            title: Cow::Owned(format!("M{month}, %")),
            kind: Percent,
        }));
        columns
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let mut cells = vec![
            Cell::Count(self.customers),
            Cell::Money(self.gross),
            Cell::money(self.gross_per_customer),
        ];
        cells.extend(
            self.retention_percent
                .iter()
                .map(|part| Cell::Percent(*part)),
        );
        cells
    }

    fn main_column() -> &'static str {
        "customers"
    }
}

/// What the customers of a cohort did in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CohortMonth {
    /// The month of their first purchase, by its first day.
    pub cohort: NaiveDate,
    /// The month looked at, by its first day.
    pub month: NaiveDate,
    /// How many of them bought.
    pub customers: i64,
    /// For how much.
    pub gross: Decimal,
}

/// Makes the retention table of the cohorts of `from..=to`, also of months that won nobody; returns the totals and the rows.
#[must_use]
pub fn cohort_rows(
    (from, to): (NaiveDate, NaiveDate),
    months: &[CohortMonth],
    currency: Currency,
) -> (CohortFigures, Vec<Line<CohortFigures>>) {
    let mut known: BTreeMap<NaiveDate, Vec<&CohortMonth>> = BTreeMap::new();
    for month in months {
        known.entry(month.cohort).or_default().push(month);
    }
    let mut rows = Vec::new();
    let longest = offset(month_of(from), to) + 1;
    let mut all = CohortFigures {
        active: vec![0; longest],
        ..CohortFigures::default()
    };
    // Of those that have lived so long.
    let mut lived = vec![0; longest];
    for period in periods(Grouping::Month, from, to) {
        let mut active = vec![0; offset(period.begins, to) + 1];
        let mut gross = Decimal::ZERO;
        for month in known.get(&period.begins).into_iter().flatten() {
            gross += month.gross;
            if let Some(count) = active.get_mut(offset(period.begins, month.month)) {
                *count = month.customers;
            }
        }
        let customers = active.first().copied().unwrap_or_default();
        for (month, count) in active.iter().enumerate() {
            all.active[month] += count;
            lived[month] += customers;
        }
        all.customers += customers;
        all.gross += gross;
        rows.push(Line {
            label: period.key.clone(),
            key: period.key,
            figures: figures(customers, gross, active, |_| customers, currency),
        });
    }
    let totals = figures(
        all.customers,
        all.gross,
        all.active,
        |month| lived[month],
        currency,
    );
    (totals, rows)
}

fn figures(
    customers: i64,
    gross: Decimal,
    active: Vec<i64>,
    base: impl Fn(usize) -> i64,
    currency: Currency,
) -> CohortFigures {
    let each = gross.checked_div(Decimal::from(customers));
    let retention = active.iter().enumerate().map(|(month, count)| {
        percent_of(Decimal::from(*count), Decimal::from(base(month))).unwrap_or_default()
    });
    CohortFigures {
        customers,
        gross: currency.scale(gross),
        gross_per_customer: each.map(|each| currency.scale(currency.round(each))),
        retention_percent: retention.collect(),
        active,
    }
}

/// Counts the months between the month of one day and that of a later one.
fn offset(cohort: NaiveDate, day: NaiveDate) -> usize {
    let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
    usize::try_from(months(day) - months(cohort)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn month(cohort: &str, month: &str, customers: i64, gross: Decimal) -> CohortMonth {
        CohortMonth {
            cohort: day(cohort),
            month: day(month),
            customers,
            gross,
        }
    }

    #[test]
    fn a_retention_table_worked_out_by_hand() {
        let months = [
            month("2010-12-01", "2010-12-01", 4, dec!(100)),
            month("2010-12-01", "2011-02-01", 1, dec!(20)),
            month("2011-02-01", "2011-02-01", 3, dec!(30)),
        ];
        let currency = "GBP".parse().unwrap();
        let (totals, rows) = cohort_rows((day("2010-12-01"), day("2011-02-09")), &months, currency);
        let seen: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.key.as_str(),
                    row.figures.customers,
                    row.figures.active.as_slice(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("2010-12", 4, &[4, 0, 1][..]),
                ("2011-01", 0, &[0, 0][..]),
                ("2011-02", 3, &[3][..]),
            ]
        );
        assert_eq!(
            rows[0].figures.retention_percent,
            [dec!(100), dec!(0), dec!(25)]
        );
        assert_eq!(rows[0].figures.gross_per_customer, Some(dec!(30)));
        // The cohort of February has no second month yet, so it does not lower the rate of one.
        assert_eq!(totals.retention_percent, [dec!(100), dec!(0), dec!(25)]);
        assert_eq!((totals.customers, totals.gross), (7, dec!(150)));
        assert_eq!(CohortFigures::columns(&totals).len(), totals.cells().len());
    }
}
