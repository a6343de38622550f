//! Reports: what can be asked for, which periods a range has, what comes out, and how that is written as a file.
//!
//! A *grouping* is one way to break the figures down; its *series* has one row a *key*: a period, a product, a country or
//! a customer. What the figures of sales mean is said in [`crate::sales`] alone; what those of a kind mean, at its type.

mod cohorts;
mod compare;
mod csv_cell;
mod csv_file;
mod customers;
mod grouping;
mod kind;
mod month_split;
mod outcome;
mod params;
mod period;
mod products;
mod reorder;
mod result;
mod segment;
mod sell_through;
mod series;
mod stock_value;
mod table;

pub use cohorts::{CohortFigures, CohortMonth, cohort_rows};
pub use compare::{Change, Compare, Comparison, percent_of};
pub use csv_cell::defuse;
pub use csv_file::{CsvFile, write_report};
pub use customers::{CustomerFigures, CustomerSales, customer_report};
pub use grouping::Grouping;
pub use kind::ReportKind;
pub use month_split::MonthSplit;
pub use outcome::{INLINE_ROWS, Line, ReportFigures, ReportOutcome};
pub use params::{ReportParams, ReportWish};
pub use period::{Period, periods};
pub use products::{ProductFigures, ProductSales, product_rows, product_totals};
pub use reorder::{ReorderFigures, sum_reorder};
pub use result::{Figures, RevenueResult, SeriesRow};
pub use segment::{Scores, Segment};
pub use sell_through::SellThroughFigures;
pub use series::{NamedTurnover, Turnover, period_rows, ranked_rows};
pub use stock_value::StockValueFigures;
pub use table::{Cell, Chart, Column, ColumnKind, FileHead, TableFile, TableHead, TotalLine};
