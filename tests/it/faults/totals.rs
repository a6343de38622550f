//! The figures of a file of invoice lines by the definitions of `docs/API.md`, worked out a second time, the plain way.

use std::{collections::HashSet, str::FromStr};

use rust_decimal::Decimal;
use suite_tests::TestApp;

/// What an import of a file must amount to.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Totals {
    pub(crate) gross: Decimal,
    pub(crate) returns: Decimal,
    pub(crate) adjustments: Decimal,
    pub(crate) orders: usize,
    pub(crate) lines: usize,
    pub(crate) movements: usize,
}

impl Totals {
    /// Adds the lines of a file up.
    pub(crate) fn of(file: &str) -> Self {
        let mut totals = Self::default();
        let mut with_sale = HashSet::new();
        for record in csv::Reader::from_reader(file.as_bytes()).records() {
            let record = record.unwrap();
            let number = |column| Decimal::from_str(record[column].trim()).unwrap();
            let (quantity, price) = (number(3), number(5));
            let amount = quantity * price;
            if price.is_zero() {
                totals.movements += 1;
                continue;
            }
            totals.lines += 1;
            if record[0].starts_with('C') {
                totals.returns -= amount;
            } else if quantity > Decimal::ZERO && price > Decimal::ZERO {
                totals.gross += amount;
                with_sale.insert(record[0].to_owned());
            } else {
                totals.adjustments += amount;
            }
        }
        totals.orders = with_sale.len();
        totals
    }

    /// Reads what the database amounts to.
    pub(crate) async fn in_database(app: &TestApp) -> Self {
        let rows = app
            .sql(
                "SELECT coalesce(sum(gross), 0), coalesce(sum(returns), 0), coalesce(sum(adjustments), 0),
                        coalesce(sum(orders), 0), (SELECT count(*) FROM order_lines),
                        (SELECT count(*) FROM stock_movements)
                   FROM daily_sales",
            )
            .await;
        let decimal = |column: usize| Decimal::from_str(&rows[0][column]).unwrap();
        let count = |column: usize| rows[0][column].parse().unwrap();
        Self {
            gross: decimal(0),
            returns: decimal(1),
            adjustments: decimal(2),
            orders: count(3),
            lines: count(4),
            movements: count(5),
        }
    }
}
