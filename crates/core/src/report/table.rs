use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::{Result, money::Currency};

/// One cell of a report's table, with its type: a file writes numbers as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing to say, or nothing known.
    Empty,
    /// A text of whatever source.
    Text(&'a str),
    /// A day.
    Date(NaiveDate),
    /// A number of things.
    Count(i64),
    /// An amount in the report's currency.
    Money(Decimal),
    /// Pieces, or any other plain number.
    Quantity(Decimal),
    /// Percent: 12.5 means 12.5 %.
    Percent(Decimal),
}

impl<'a> Cell<'a> {
    /// Tells whether it says something: zeros and empty cells do not.
    #[must_use]
    pub fn is_told(&self) -> bool {
        match self {
            Self::Empty => false,
            Self::Text(text) => !text.is_empty(),
            Self::Date(_) => true,
            Self::Count(count) => *count != 0,
            Self::Money(number) | Self::Quantity(number) | Self::Percent(number) => {
                !number.is_zero()
            }
        }
    }

    /// Returns its number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Count(count) => Some(Decimal::from(*count)),
            Self::Money(number) | Self::Quantity(number) | Self::Percent(number) => Some(*number),
            Self::Empty | Self::Text(_) | Self::Date(_) => None,
        }
    }

    /// Makes a text, or nothing where it is empty.
    #[must_use]
    pub fn text(text: Option<&'a str>) -> Self {
        text.filter(|text| !text.is_empty())
            .map_or(Self::Empty, Self::Text)
    }

    /// Makes a day, or nothing.
    #[must_use]
    pub fn date(date: Option<NaiveDate>) -> Self {
        date.map_or(Self::Empty, Self::Date)
    }

    /// Makes a count, or nothing.
    #[must_use]
    pub fn count(count: Option<i64>) -> Self {
        count.map_or(Self::Empty, Self::Count)
    }

    /// Makes an amount, or nothing.
    #[must_use]
    pub fn money(amount: Option<Decimal>) -> Self {
        amount.map_or(Self::Empty, Self::Money)
    }

    /// Makes a quantity, or nothing.
    #[must_use]
    pub fn quantity(quantity: Option<Decimal>) -> Self {
        quantity.map_or(Self::Empty, Self::Quantity)
    }

    /// Makes a percentage, or nothing.
    #[must_use]
    pub fn percent(percent: Option<Decimal>) -> Self {
        percent.map_or(Self::Empty, Self::Percent)
    }
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Texts.
    Text,
    /// Days.
    Date,
    /// Numbers of things.
    Count,
    /// Amounts of money.
    Money,
    /// Pieces and other plain numbers.
    Quantity,
    /// Percentages.
    Percent,
}

/// A column of a report's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name in CSV and JSON.
    pub name: Cow<'static, str>,
    /// What people read.
    pub title: Cow<'static, str>,
    /// What its cells are.
    pub kind: ColumnKind,
}

impl Column {
    /// Names a column.
    #[must_use]
    pub const fn new(name: &'static str, title: &'static str, kind: ColumnKind) -> Self {
        Self {
            name: Cow::Borrowed(name),
            title: Cow::Borrowed(title),
            kind,
        }
    }
}

/// What a file says above its tables, and what all of them have in common.
#[derive(Debug, Clone)]
pub struct FileHead<'a> {
    /// What it is: `Revenue`.
    pub title: String,
    /// Of whom.
    pub subject: String,
    /// What it covers, in words.
    pub range: String,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The columns behind key and label.
    pub columns: Vec<Column>,
    /// The totals, and what they are compared with.
    pub totals: Vec<TotalLine<'a>>,
}

/// The totals of a range.
#[derive(Debug, Clone)]
pub struct TotalLine<'a> {
    /// The name for programs: `total`, `previous_year`.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The range in words.
    pub range: String,
    /// The figures under the columns.
    pub cells: Vec<Cell<'a>>,
}

/// One table that is about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableHead {
    /// The name for programs: `month`.
    pub name: &'static str,
    /// The name for people: `Months`.
    pub title: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// Of each column, whether any row says something in it; a printed page leaves the others out.
    pub told: Vec<bool>,
    /// Whether keys say something beside the labels.
    pub has_keys: bool,
    /// What to draw above it, where that says something.
    pub chart: Option<Chart>,
}

/// A chart of a table's main figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// Whether its points follow one another in time: a line; else bars, the largest first.
    pub is_line: bool,
    /// The names and sizes, in order.
    pub points: Vec<(String, Decimal)>,
}

/// A file of tables that is written row by row, so that its size costs no memory.
///
/// `begin`; then `begin_table`, any number of `row`, `end_table`, for each table; then `finish`. What is ready may be taken at
/// any time.
pub trait TableFile: Send {
    /// Begins the file.
    ///
    /// # Errors
    /// When it cannot be written.
    fn begin(&mut self, head: &FileHead<'_>) -> Result<()>;

    /// Begins a table.
    ///
    /// # Errors
    /// When it cannot be written.
    fn begin_table(&mut self, head: &TableHead) -> Result<()>;

    /// Writes a row of the table that was begun.
    ///
    /// # Errors
    /// When it cannot be written.
    fn row(&mut self, key: &str, label: &str, cells: &[Cell<'_>]) -> Result<()>;

    /// Ends the table.
    ///
    /// # Errors
    /// When it cannot be written.
    fn end_table(&mut self) -> Result<()>;

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finish(&mut self) -> Result<()>;

    /// Takes the bytes that are ready.
    fn take(&mut self) -> Vec<u8>;

    /// Returns how many rows of a table it shows at most: more need not be read.
    fn rows_most(&self) -> u64 {
        u64::MAX
    }
}
