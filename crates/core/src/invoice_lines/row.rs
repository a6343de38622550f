use chrono::NaiveDate;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::{Decimal, dec};

use super::{
    BadMoment, BadNumber, Columns, MomentReader, Record,
    fields::{Fields, TextAfterQuote},
    is_credit_note, parse_number,
};
use crate::sales::{LineMeaning, classify};

/// No text of a row may be longer.
pub const TEXT_LIMIT_CHARS: usize = 255;

/// Sums of fifty thousand amounts below this with twelve decimals stay exact.
const AMOUNT_LIMIT: Decimal = dec!(1_000_000_000_000);

/// How much of a refused row is kept.
const EXCERPT_CHARS: usize = 1_000;

/// What one row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The invoice's number.
    pub invoice: &'a str,
    /// What was sold.
    pub sku: &'a str,
    /// How the invoice calls it, or why stock moved; may be empty.
    pub title: &'a str,
    /// How many; never zero.
    pub quantity: Decimal,
    /// For how much each.
    pub unit_price: Decimal,
    /// When.
    pub at: DateTime<Utc>,
    /// The store's day of `at`.
    pub day: NaiveDate,
    /// The buyer as the source calls it; may be empty.
    pub customer: &'a str,
    /// The buyer's country; may be empty.
    pub country: &'a str,
    /// What the row comes to.
    pub meaning: LineMeaning,
}

/// Why a row is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// Fewer or more fields than the header.
    #[error("the row has {found} fields and the header {expected}")]
    FieldCount {
        /// Of the header.
        expected: usize,
        /// Of the row; counting stops at one more.
        found: usize,
    },
    /// A quoted field goes on behind its quote.
    #[error("text stands behind a closing quote")]
    TextAfterQuote,
    /// The database keeps no such text.
    #[error("the row has a NUL character")]
    Nul,
    /// A needed field is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A text is too long.
    #[error("{0} is longer than {TEXT_LIMIT_CHARS} characters")]
    TooLong(&'static str),
    /// A number cannot be taken.
    #[error("{0} {1}")]
    Number(&'static str, BadNumber),
    /// A number that cannot be negative is.
    #[error("{0} is below zero")]
    BelowZero(&'static str),
    /// The date cannot be taken.
    #[error("InvoiceDate {0}")]
    Date(BadMoment),
    /// A line of nothing.
    #[error("Quantity is zero")]
    ZeroQuantity,
    /// An amount that no invoice has.
    #[error("Quantity times UnitPrice is a trillion or more")]
    AmountTooLarge,
    /// An invoice without end.
    #[error("the invoice has more than {limit} lines")]
    InvoiceTooLong {
        /// The most lines that are taken.
        limit: u32,
    },
}

/// Reads the rows of one file.
#[derive(Debug)]
pub struct RowReader {
    columns: Columns,
    moments: MomentReader,
    fields: Fields,
}

impl RowReader {
    /// Makes a reader for rows under these columns, of a store in `zone`.
    #[must_use]
    pub fn new(columns: Columns, zone: Tz) -> Self {
        Self {
            columns,
            moments: MomentReader::new(zone),
            fields: Fields::default(),
        }
    }

    /// Returns what stands in the column of the invoice, also of a row that will be refused.
    ///
    /// # Errors
    /// When the bytes are not UTF-8.
    pub fn invoice_of<'a>(
        &'a mut self,
        record: Record<'a>,
    ) -> Result<&'a str, std::str::Utf8Error> {
        let text = std::str::from_utf8(record.bytes)?;
        // A row with text behind a quote has no fields that could be trusted; it stands for itself.
        Ok(match self.fields.split(text, self.columns.invoice) {
            Ok(_) => self.fields.get(text, self.columns.invoice),
            Err(TextAfterQuote) => "",
        })
    }

    /// Reads one row.
    ///
    /// # Errors
    /// [`RowFault`]: the first thing that is wrong with it.
    pub fn read<'a>(&'a mut self, text: &'a str) -> Result<Row<'a>, RowFault> {
        let Self {
            columns,
            moments,
            fields,
        } = self;
        let found = fields
            .split(text, columns.count)
            .map_err(|TextAfterQuote| RowFault::TextAfterQuote)?;
        if found != columns.count {
            return Err(RowFault::FieldCount {
                expected: columns.count,
                found,
            });
        }
        if text.contains('\0') {
            return Err(RowFault::Nul);
        }
        let fields = &*fields;
        let field = |index| fields.get(text, index);
        let invoice = needed("InvoiceNo", field(columns.invoice))?;
        let sku = needed("StockCode", field(columns.sku))?;
        let title = short("Description", field(columns.title))?;
        let quantity = number("Quantity", field(columns.quantity))?;
        let moment = moments.read(field(columns.date)).map_err(RowFault::Date)?;
        let unit_price = number("UnitPrice", field(columns.price))?;
        let customer = short("CustomerID", field(columns.customer))?;
        let country = short("Country", field(columns.country))?;
        let meaning = classify(is_credit_note(invoice), quantity, unit_price);
        if meaning == LineMeaning::Nothing {
            return Err(RowFault::ZeroQuantity);
        }
        match quantity.checked_mul(unit_price) {
            Some(amount) if amount.abs() < AMOUNT_LIMIT => {}
            _ => return Err(RowFault::AmountTooLarge),
        }
        Ok(Row {
            invoice,
            sku,
            title,
            quantity,
            unit_price,
            at: moment.at,
            day: moment.day,
            customer,
            country,
            meaning,
        })
    }
}

fn needed<'a>(name: &'static str, text: &'a str) -> Result<&'a str, RowFault> {
    if text.is_empty() {
        return Err(RowFault::Empty(name));
    }
    short(name, text)
}

fn short<'a>(name: &'static str, text: &'a str) -> Result<&'a str, RowFault> {
    // Characters are counted only where the bytes leave a doubt.
    if text.len() > TEXT_LIMIT_CHARS && text.chars().count() > TEXT_LIMIT_CHARS {
        return Err(RowFault::TooLong(name));
    }
    Ok(text)
}

fn number(name: &'static str, text: &str) -> Result<Decimal, RowFault> {
    parse_number(text).map_err(|fault| RowFault::Number(name, fault))
}

/// Returns what is kept of a refused row: its beginning, without the NUL characters that the database refuses.
#[must_use]
pub fn excerpt(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\0' { '\u{FFFD}' } else { c })
        .take(EXCERPT_CHARS)
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::London;
    use proptest::prelude::*;

    use super::*;
    use crate::sales::SalesEvent;

    const HEADER: &[u8] =
        b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

    fn reader() -> RowReader {
        RowReader::new(Columns::find(HEADER).unwrap(), London)
    }

    fn reason(text: &str) -> String {
        reader().read(text).unwrap_err().to_string()
    }

    #[test]
    fn a_row_is_read_field_by_field() {
        let mut reader = reader();
        let row = reader
            .read("536365,85123A, \"WHITE, \"\"HEART\"\"\" ,6,2010-12-01 08:26:00,2.550,17850.0,United Kingdom")
            .unwrap();
        assert_eq!((row.invoice, row.sku), ("536365", "85123A"));
        assert_eq!(row.title, "WHITE, \"HEART\"");
        assert_eq!((row.quantity, row.unit_price), (dec!(6), dec!(2.55)));
        assert_eq!((row.customer, row.country), ("17850.0", "United Kingdom"));
        assert_eq!(row.meaning, LineMeaning::Sales(SalesEvent::Sale));
    }

    #[test]
    fn the_reason_says_what_is_wrong() {
        let row = |quantity: &str, date: &str, price: &str| {
            format!("1,A,title,{quantity},{date},{price},,UK")
        };
        let date = "2010-12-01 08:26";
        for (text, expected) in [
            ("1,A,b", "the row has 3 fields and the header 8"),
            (
                "1,A,b,1,2010-12-01 08:26,1,,UK,x",
                "the row has 9 fields and the header 8",
            ),
            (
                &row("1e3", date, "1"),
                "Quantity is not a plain number such as -12.50",
            ),
            (
                &row("1", date, "NaN"),
                "UnitPrice is not a plain number such as -12.50",
            ),
            (
                &row("1", "2026-02-30 10:00", "1"),
                "InvoiceDate does not exist",
            ),
            (&row("0", date, "1"), "Quantity is zero"),
            (
                &row("1000000", date, "1000000"),
                "Quantity times UnitPrice is a trillion or more",
            ),
            (
                &row("999999999999999", date, "999999999999999.999999"),
                "Quantity times UnitPrice is a trillion or more",
            ),
            (",A,b,1,2010-12-01 08:26,1,,UK", "InvoiceNo is empty"),
            ("1, ,b,1,2010-12-01 08:26,1,,UK", "StockCode is empty"),
            (
                "1,A,\"b\"c,1,2010-12-01 08:26,1,,UK",
                "text stands behind a closing quote",
            ),
            (
                "1,A,b\0,1,2010-12-01 08:26,1,,UK",
                "the row has a NUL character",
            ),
        ] {
            assert_eq!(reason(text), expected, "{text}");
        }
        let long = format!("1,A,{},1,{date},1,,UK", "é".repeat(256));
        assert_eq!(reason(&long), "Description is longer than 255 characters");
        let fits = format!("1,A,{},1,{date},1,,UK", "é".repeat(255));
        assert!(reader().read(&fits).is_ok());
    }

    #[test]
    fn the_invoice_of_a_refused_row_is_known() {
        let mut reader = reader();
        let record = |bytes| Record { line: 1, bytes };
        assert_eq!(reader.invoice_of(record(b" 536365 ,x")).unwrap(), "536365");
        assert_eq!(reader.invoice_of(record(b"\"5\"3,x")).unwrap(), "");
        assert!(reader.invoice_of(record(b"\xFF")).is_err());
    }

    #[test]
    fn an_excerpt_is_cut_and_has_no_nul() {
        assert_eq!(excerpt("a\0b"), "a\u{FFFD}b");
        assert_eq!(excerpt(&"é".repeat(2_000)).chars().count(), 1_000);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[\\PC\",\n]{0,80}") {
            let _ = reader().read(&text);
        }

        #[test]
        fn no_fields_make_it_panic(fields in proptest::collection::vec("[0-9eE+.\\- :TZ\"]{0,24}", 8)) {
            let _ = reader().read(&fields.join(","));
        }
    }
}
