//! Reports: what can be asked for, which periods a range has, what comes out, and how that is written as CSV.
//!
//! A *grouping* is one way to break the figures down; its *series* has one row a *key*: a period, a product, a country or
//! a customer. What the figures mean is said in [`crate::sales`] alone.

mod csv_cell;
mod csv_file;
mod grouping;
mod month_split;
mod params;
mod period;
mod result;
mod series;

pub use csv_cell::defuse;
pub use csv_file::write_csv;
pub use grouping::Grouping;
pub use month_split::MonthSplit;
pub use params::{ReportKind, ReportParams};
pub use period::{Period, periods};
pub use result::{Figures, RevenueResult, SeriesRow};
pub use series::{NamedTurnover, Turnover, period_rows, ranked_rows};
