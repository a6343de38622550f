//! One series of a report: its chart, and its table with the columns that say something.

use suite_core::report::{Grouping, SeriesRow};

use super::{
    chart::{BarChart, Point, share},
    display::{count, drawn},
    figures::{FigureTexts, told},
};

/// More rows are in the CSV; a page with all of them would be of no use.
const ROWS_SHOWN: usize = 300;

/// A series, ready to be shown.
#[derive(Default)]
pub(super) struct SeriesTable {
    /// `month`, for anchors.
    pub(super) name: &'static str,
    /// `Months`.
    pub(super) heading: &'static str,
    pub(super) chart: Option<BarChart>,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Row>,
    /// Said when not all rows are shown.
    pub(super) more: Option<String>,
}

/// A row of the table.
#[derive(Default)]
pub(super) struct Row {
    pub(super) label: String,
    /// What programs know it by, where that is not the label.
    pub(super) key: String,
    /// Percent of the first row; none in series of periods.
    pub(super) share: Option<String>,
    pub(super) cells: Vec<String>,
}

/// A column, and how to read its cell.
type Column = (&'static str, fn(&FigureTexts) -> &str);

const COLUMNS: [Column; 12] = [
    ("Gross", |row| &row.gross),
    ("Discounts", |row| &row.discounts),
    ("Returns", |row| &row.returns),
    ("Adjustments", |row| &row.adjustments),
    ("Net", |row| &row.net),
    ("Tax", |row| &row.tax),
    ("Shipping", |row| &row.shipping),
    ("Total", |row| &row.total),
    ("Orders", |row| &row.orders),
    ("Units", |row| &row.units),
    ("Customers", |row| &row.customers),
    ("Average order", |row| &row.aov),
];

impl SeriesTable {
    pub(super) fn new(grouping: Grouping, rows: &[SeriesRow], currency: &str) -> Self {
        let is_period = matches!(grouping, Grouping::Day | Grouping::Week | Grouping::Month);
        let texts: Vec<FigureTexts> = rows
            .iter()
            .map(|row| FigureTexts::new(&row.figures))
            .collect();
        let columns: Vec<Column> = COLUMNS
            .into_iter()
            .filter(|(_, cell)| texts.iter().any(|row| says_something(cell(row))))
            .collect();
        let largest = rows.first().map(|row| row.figures.gross.as_str());
        let shown = rows.iter().zip(&texts).take(ROWS_SHOWN);
        let shown = shown.map(|(row, texts)| Row {
            label: row.label.clone(),
            key: if row.key == row.label {
                String::new()
            } else {
                row.key.clone()
            },
            share: largest
                .filter(|_| !is_period)
                .map(|largest| share(&row.figures.gross, largest)),
            cells: columns
                .iter()
                .map(|(_, cell)| cell(texts).to_owned())
                .collect(),
        });
        Self {
            name: grouping.name(),
            heading: heading(grouping),
            chart: if is_period {
                chart(grouping, rows, currency)
            } else {
                None
            },
            rows: shown.collect(),
            columns: columns.iter().map(|(name, _)| *name).collect(),
            more: (rows.len() > ROWS_SHOWN).then(|| {
                format!(
                    "The first {ROWS_SHOWN} of {} rows; the CSV has all.",
                    count(i64::try_from(rows.len()).unwrap_or(i64::MAX))
                )
            }),
        }
    }
}

/// A column of zeros takes room and says nothing.
fn says_something(text: &str) -> bool {
    !text.is_empty() && (drawn(text) != 0.0 || text.contains([',', '\u{2212}']))
}

fn heading(grouping: Grouping) -> &'static str {
    match grouping {
        Grouping::Day => "Days",
        Grouping::Week => "Weeks",
        Grouping::Month => "Months",
        Grouping::Product => "Products",
        Grouping::Country => "Countries",
        Grouping::Customer => "Customers",
    }
}

fn chart(grouping: Grouping, rows: &[SeriesRow], currency: &str) -> Option<BarChart> {
    let points: Vec<Point> = rows
        .iter()
        .map(|row| Point {
            name: short_name(grouping, &row.label),
            value: row.figures.gross.clone(),
            told: told(&row.label, &row.figures, currency),
        })
        .collect();
    let summary = format!("Gross sales in {currency} by {}", grouping.name());
    BarChart::new(summary, &points)
}

/// Below a bar there is room for a day without its year; the table says it in full.
fn short_name(grouping: Grouping, label: &str) -> String {
    match grouping {
        Grouping::Day => label.get(5..).unwrap_or(label).to_owned(),
        _ => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;
    use suite_core::{report::Figures, sales::Measures};

    use super::*;

    fn row(key: &str, gross: rust_decimal::Decimal) -> SeriesRow {
        let measures = Measures {
            gross,
            orders: 1,
            ..Measures::default()
        };
        SeriesRow {
            key: key.to_owned(),
            label: key.to_owned(),
            figures: Figures::new(&measures, None, "GBP".parse().unwrap()),
        }
    }

    #[test]
    fn columns_of_zeros_are_left_out() {
        let rows = [row("a", dec!(2000)), row("b", dec!(500))];
        let table = SeriesTable::new(Grouping::Country, &rows, "GBP");
        assert_eq!(
            table.columns,
            ["Gross", "Net", "Total", "Orders", "Average order"]
        );
        assert_eq!(
            table.rows[1].cells,
            ["500.00", "500.00", "500.00", "1", "500.00"]
        );
        assert_eq!(table.rows[1].share.as_deref(), Some("25.0"));
        assert!(table.chart.is_none() && table.more.is_none());
    }

    #[test]
    fn a_long_table_says_that_it_is_cut() {
        let rows: Vec<_> = (0..301).map(|at| row(&at.to_string(), dec!(1))).collect();
        let table = SeriesTable::new(Grouping::Product, &rows, "GBP");
        assert_eq!(table.rows.len(), 300);
        assert!(table.more.unwrap().contains("300 of 301"));
    }
}
