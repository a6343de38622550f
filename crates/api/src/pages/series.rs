//! One series of a report: its chart, and its table with the columns that say something.

use rust_decimal::{Decimal, prelude::ToPrimitive};
use suite_core::report::{Cell, Column, Grouping, ReportFigures, ReportOutcome};

use super::{
    chart::{BarChart, Point, share},
    display::{count, day, grouped},
};

/// More rows are in the files; a page with all of them would be of no use.
const ROWS_SHOWN: usize = 300;

/// A series, ready to be shown.
#[derive(Default)]
pub(super) struct SeriesTable {
    /// `month`, for anchors.
    pub(super) name: &'static str,
    /// `Months`.
    pub(super) heading: &'static str,
    pub(super) chart: Option<BarChart>,
    pub(super) columns: Vec<String>,
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

impl SeriesTable {
    pub(super) fn new<F: ReportFigures>(outcome: &ReportOutcome<F>, grouping: Grouping) -> Self {
        let rows = outcome.series.get(&grouping).map_or(&[][..], Vec::as_slice);
        let columns = F::columns(&outcome.totals);
        let cells: Vec<Vec<Cell<'_>>> = rows.iter().map(|row| row.figures.cells()).collect();
        let main = columns
            .iter()
            .position(|column| column.name == F::main_column());
        let size =
            |cells: &[Cell<'_>]| main.and_then(|main| cells.get(main).and_then(Cell::number));
        let largest = cells.iter().filter_map(|row| size(row)).max();
        let is_told: Vec<bool> = (0..columns.len())
            .map(|at| {
                cells
                    .iter()
                    .any(|row| row.get(at).is_some_and(Cell::is_told))
            })
            .collect();
        let shown = rows
            .iter()
            .zip(&cells)
            .take(ROWS_SHOWN)
            .map(|(row, cells)| Row {
                label: row.label.clone(),
                key: if row.key == row.label {
                    String::new()
                } else {
                    row.key.clone()
                },
                share: largest
                    .zip(size(cells))
                    .filter(|_| !grouping.is_period())
                    .map(|(largest, size)| share(&size.to_string(), &largest.to_string())),
                cells: (0..columns.len())
                    .filter(|at| is_told[*at])
                    .map(|at| cells.get(at).copied().map(cell_text).unwrap_or_default())
                    .collect(),
            });
        let points = rows
            .iter()
            .zip(&cells)
            .map(|(row, cells)| (row.label.as_str(), size(cells).unwrap_or_default()));
        let told = columns
            .iter()
            .zip(&is_told)
            .filter(|(_, is_told)| **is_told);
        Self {
            name: grouping.name(),
            heading: grouping.title(),
            chart: main
                .filter(|_| grouping.is_period())
                .and_then(|main| chart(grouping, points, &columns[main], outcome.currency.code())),
            rows: shown.collect(),
            columns: told.map(|(column, _)| column.title.to_string()).collect(),
            more: more(outcome.rows_of(grouping)),
        }
    }
}

fn more(rows: u64) -> Option<String> {
    (rows > ROWS_SHOWN as u64).then(|| {
        format!(
            "The first {ROWS_SHOWN} of {} rows; the files have all.",
            count(i64::try_from(rows).unwrap_or(i64::MAX))
        )
    })
}

/// Writes a cell for people.
pub(super) fn cell_text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.to_owned(),
        Cell::Date(date) => day(date),
        Cell::Count(number) => count(number),
        Cell::Money(number) | Cell::Quantity(number) | Cell::Percent(number) => {
            grouped(&number.to_string())
        }
    }
}

fn chart<'a>(
    grouping: Grouping,
    points: impl Iterator<Item = (&'a str, Decimal)>,
    column: &Column,
    currency: &str,
) -> Option<BarChart> {
    let points: Vec<Point> = points
        .filter(|(_, value)| value.to_f64().is_some())
        .map(|(label, value)| Point {
            name: short_name(grouping, label),
            value: value.to_string(),
            told: format!("{label}: {} {currency}", grouped(&value.to_string())),
        })
        .collect();
    let summary = format!("{} in {currency} by {}", column.title, grouping.name());
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
    use suite_core::{
        report::{Figures, RevenueResult, SeriesRow},
        sales::Measures,
    };

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

    fn table(grouping: Grouping, rows: Vec<SeriesRow>) -> SeriesTable {
        let currency = "GBP".parse().unwrap();
        let outcome = RevenueResult {
            currency,
            timezone: chrono_tz::UTC,
            from: "2011-01-01".parse().unwrap(),
            to: "2011-12-31".parse().unwrap(),
            totals: Figures::new(&Measures::default(), None, currency),
            comparison: None,
            series: [(grouping, rows)].into(),
            row_counts: [].into(),
        };
        SeriesTable::new(&outcome, grouping)
    }

    #[test]
    fn columns_of_zeros_are_left_out() {
        let rows = vec![row("a", dec!(2000)), row("b", dec!(500))];
        let table = table(Grouping::Country, rows);
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
        let table = table(Grouping::Product, rows);
        assert_eq!(table.rows.len(), 300);
        assert!(table.more.unwrap().contains("300 of 301"));
    }
}
