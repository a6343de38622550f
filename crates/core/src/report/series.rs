use std::{cmp::Reverse, collections::HashMap};

use chrono::NaiveDate;

use super::{Figures, Grouping, ReportParams, SeriesRow, periods};
use crate::{money::Currency, sales::Measures};

/// Figures together with the number of known buyers behind them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turnover {
    /// The figures.
    pub measures: Measures,
    /// Distinct known customers with a sale; `None` where the question makes no sense.
    pub customers: Option<i64>,
}

/// What a series of products, countries or customers is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTurnover {
    /// What a program tells it apart by; empty when the source names none.
    pub key: String,
    /// What a person reads.
    pub label: String,
    /// Its figures.
    pub turnover: Turnover,
}

impl NamedTurnover {
    /// Makes one whose key is also what a person reads.
    #[must_use]
    pub fn by_name(grouping: Grouping, key: String, turnover: Turnover) -> Self {
        let label = match key.as_str() {
            "" => grouping.label_of_none().to_owned(),
            name => name.to_owned(),
        };
        Self {
            key,
            label,
            turnover,
        }
    }
}

/// Makes the rows of days, weeks or months: every period of the range in order, with zeros where nothing was sold.
///
/// `sums` are known by the first day of the whole period.
#[must_use]
pub fn period_rows(
    params: &ReportParams,
    grouping: Grouping,
    sums: &HashMap<NaiveDate, Turnover>,
    currency: Currency,
) -> Vec<SeriesRow> {
    let nothing = Turnover {
        customers: Some(0),
        ..Turnover::default()
    };
    periods(grouping, params.from, params.to)
        .into_iter()
        .map(|period| {
            let turnover = sums.get(&period.begins).unwrap_or(&nothing);
            SeriesRow {
                label: period.key.clone(),
                key: period.key,
                figures: Figures::new(&turnover.measures, turnover.customers, currency),
            }
        })
        .collect()
}

/// Makes the rows of products, countries or customers: the largest gross first, then by key; none whose figures all are zero.
#[must_use]
pub fn ranked_rows(mut sums: Vec<NamedTurnover>, currency: Currency) -> Vec<SeriesRow> {
    // What was imported and then taken back leaves rows of zeros in the rollups.
    sums.retain(|row| !row.turnover.measures.is_zero());
    sums.sort_by(|one, other| {
        let rank = |row: &NamedTurnover| Reverse(row.turnover.measures.gross);
        rank(one)
            .cmp(&rank(other))
            .then_with(|| one.key.cmp(&other.key))
            .then_with(|| one.label.cmp(&other.label))
    });
    sums.into_iter()
        .map(|row| SeriesRow {
            key: row.key,
            label: row.label,
            figures: Figures::new(&row.turnover.measures, row.turnover.customers, currency),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rust_decimal::{Decimal, dec};

    use super::*;

    fn pound() -> Currency {
        "GBP".parse().unwrap()
    }

    fn sold(gross: Decimal, customers: Option<i64>) -> Turnover {
        Turnover {
            measures: Measures {
                gross,
                orders: 1,
                ..Measures::default()
            },
            customers,
        }
    }

    #[test]
    fn a_month_without_a_sale_stands_between_those_with_some() {
        let params = ReportParams {
            from: "2010-12-15".parse().unwrap(),
            to: "2011-02-03".parse().unwrap(),
            group_by: [Grouping::Month].into(),
            compare: None,
        };
        let sums = HashMap::from([
            ("2010-12-01".parse().unwrap(), sold(dec!(12.5), Some(3))),
            ("2011-02-01".parse().unwrap(), sold(dec!(0.001), Some(1))),
        ]);
        let rows: Vec<_> = period_rows(&params, Grouping::Month, &sums, pound())
            .into_iter()
            .map(|row| {
                (
                    row.key,
                    row.label,
                    row.figures.gross,
                    row.figures.orders,
                    row.figures.customers,
                )
            })
            .collect();
        let expected = [
            ("2010-12", "12.50", 1, Some(3)),
            ("2011-01", "0.00", 0, Some(0)),
            ("2011-02", "0.001", 1, Some(1)),
        ]
        .map(|(key, gross, orders, customers)| {
            (
                key.to_owned(),
                key.to_owned(),
                gross.to_owned(),
                orders,
                customers,
            )
        });
        assert_eq!(rows, expected);
    }

    #[test]
    fn rows_are_ranked_by_gross_then_key_and_those_of_nothing_are_left_out() {
        let row = |key: &str, gross| {
            NamedTurnover::by_name(Grouping::Customer, key.to_owned(), sold(gross, None))
        };
        let mut nothing = row("n", dec!(0));
        nothing.turnover.measures.orders = 0;
        let rows = ranked_rows(
            vec![
                row("b", dec!(5)),
                nothing,
                row("", dec!(9.5)),
                row("c", dec!(10)),
                row("a", dec!(5.00)),
            ],
            pound(),
        );
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.key.as_str(), row.label.as_str()))
            .collect();
        assert_eq!(
            seen,
            [("c", "c"), ("", "(no customer)"), ("a", "a"), ("b", "b")]
        );
        assert!(rows.iter().all(|row| row.figures.customers.is_none()));
    }
}
