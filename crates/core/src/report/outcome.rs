use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Cell, Chart, Column, Comparison, FileHead, Grouping, TableHead, TotalLine};
use crate::money::Currency;

/// The most rows of a series that stand in the result itself; those of longer series are kept apart.
pub const INLINE_ROWS: usize = 5_000;

/// More periods than these cannot be told apart in a drawing.
const CHART_POINTS: usize = 400;
/// More bars than these have no room for their names.
const CHART_BARS: usize = 10;

/// The figures of one kind of report: those of its totals, and of each of its rows.
pub trait ReportFigures: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Returns the columns, which may depend on the totals.
    fn columns(totals: &Self) -> Vec<Column>;

    /// Returns the cells under these columns.
    fn cells(&self) -> Vec<Cell<'_>>;

    /// Returns the name of the column that a chart shows.
    fn main_column() -> &'static str;
}

/// A report as it is stored and answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "F: ReportFigures")]
pub struct ReportOutcome<F> {
    /// The currency of every amount.
    pub currency: Currency,
    /// Where the days begin.
    pub timezone: Tz,
    /// The first day covered.
    pub from: NaiveDate,
    /// The last day covered.
    pub to: NaiveDate,
    /// The figures of the whole range.
    pub totals: F,
    /// What they are compared with, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison<F>>,
    /// The rows of each series; of a series longer than [`INLINE_ROWS`] the first ones.
    pub series: BTreeMap<Grouping, Vec<Line<F>>>,
    /// How many rows a series has that does not stand here in full.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub row_counts: BTreeMap<Grouping, u64>,
}

/// One row of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "F: ReportFigures")]
pub struct Line<F> {
    /// What a program tells rows apart by.
    pub key: String,
    /// What a person reads.
    pub label: String,
    /// The row's figures.
    #[serde(flatten)]
    pub figures: F,
}

impl<F: ReportFigures> ReportOutcome<F> {
    /// Takes the rows of long series out of the result, leaving the first ones; what comes back is to be kept apart.
    #[must_use]
    pub fn split_long_series(&mut self) -> Vec<(Grouping, Vec<Line<F>>)> {
        let mut apart = Vec::new();
        for (grouping, rows) in &mut self.series {
            if rows.len() > INLINE_ROWS {
                self.row_counts.insert(*grouping, rows.len() as u64);
                apart.push((*grouping, rows.split_off(INLINE_ROWS)));
            }
        }
        apart
    }

    /// Returns how many rows a series has.
    #[must_use]
    pub fn rows_of(&self, grouping: Grouping) -> u64 {
        let inline = self.series.get(&grouping).map_or(0, Vec::len) as u64;
        self.row_counts.get(&grouping).copied().unwrap_or(inline)
    }

    /// Returns what a file of the report says above its tables.
    #[must_use]
    pub fn file_head(&self, title: &str, subject: &str) -> FileHead<'_> {
        let range = |from: NaiveDate, to: NaiveDate| {
            if from == to {
                to.to_string()
            } else {
                format!("{from} to {to}")
            }
        };
        let mut totals = vec![TotalLine {
            name: "total",
            title: "Total",
            range: range(self.from, self.to),
            cells: self.totals.cells(),
        }];
        if let Some(comparison) = &self.comparison {
            totals.push(TotalLine {
                name: comparison.with.name(),
                title: comparison.with.title(),
                range: range(comparison.from, comparison.to),
                cells: comparison.totals.cells(),
            });
        }
        FileHead {
            title: title.to_owned(),
            subject: subject.to_owned(),
            range: range(self.from, self.to),
            currency: self.currency,
            columns: F::columns(&self.totals),
            totals,
        }
    }

    /// Returns what a file says above the table of a series.
    #[must_use]
    pub fn table_head(&self, grouping: Grouping) -> TableHead {
        let rows = self.series.get(&grouping).map_or(&[][..], Vec::as_slice);
        let mut told = vec![false; F::columns(&self.totals).len()];
        for row in rows {
            for (told, cell) in told.iter_mut().zip(row.figures.cells()) {
                *told |= cell.is_told();
            }
        }
        TableHead {
            name: grouping.name(),
            title: grouping.title(),
            rows: self.rows_of(grouping),
            has_keys: rows.iter().any(|row| row.key != row.label),
            told,
            chart: self.chart(grouping),
        }
    }

    /// Draws periods as a line, all of them, and what is ranked as bars, the first ones.
    fn chart(&self, grouping: Grouping) -> Option<Chart> {
        let columns = F::columns(&self.totals);
        let at = columns
            .iter()
            .position(|column| column.name == F::main_column())?;
        let most = if grouping.is_period() {
            CHART_POINTS
        } else {
            CHART_BARS
        };
        let rows = self.series.get(&grouping)?;
        if rows.len() < 2 || (grouping.is_period() && rows.len() > most) {
            return None;
        }
        let points = rows.iter().take(most).map(|row| {
            let size = row.figures.cells().get(at).and_then(Cell::number);
            (row.label.clone(), size.unwrap_or_default())
        });
        Some(Chart {
            title: columns[at].title.to_string(),
            is_line: grouping.is_period(),
            points: points.collect(),
        })
    }
}
