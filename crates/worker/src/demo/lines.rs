//! Lines of invoices as a till exports them.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use chrono::NaiveDateTime;

use super::Written;

const HEADER: &[&str] = &[
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
];

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) invoice: String,
    pub(super) sku: String,
    pub(super) title: String,
    pub(super) quantity: i64,
    pub(super) at: NaiveDateTime,
    pub(super) cents: i64,
    pub(super) customer: String,
    pub(super) country: &'static str,
    /// What is wrong with it on purpose.
    pub(super) fault: Option<Fault>,
}

/// What a careless export or a hasty edit does to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The quantity is a word.
    WordForNumber,
    /// The day does not exist.
    NoSuchDay,
    /// The price has a currency sign and a comma.
    PriceForPeople,
    /// The line ends after the title.
    TooFewFields,
    /// The invoice number is missing.
    NoInvoice,
    /// Nothing was bought.
    ZeroQuantity,
}

/// Writes lines up to a moment: what comes later has not happened yet.
pub(super) struct Lines<W: Write> {
    writer: csv::Writer<W>,
    until: NaiveDateTime,
    written: Written,
    last_order: String,
    text: String,
}

impl<W: Write> Lines<W> {
    pub(super) fn begin(out: W, until: NaiveDateTime) -> io::Result<Self> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(out);
        writer.write_record(HEADER)?;
        Ok(Self {
            writer,
            until,
            written: Written::default(),
            last_order: String::new(),
            text: String::new(),
        })
    }

    pub(super) fn write(&mut self, line: &Line) -> io::Result<()> {
        if line.at > self.until {
            return Ok(());
        }
        self.written.lines += 1;
        self.written.broken += u64::from(line.fault.is_some());
        let is_sale = line.fault.is_none()
            && line.cents > 0
            && line.quantity > 0
            && !line.invoice.starts_with('C');
        if is_sale && self.last_order != line.invoice {
            self.written.orders += 1;
            self.last_order.clone_from(&line.invoice);
        }
        self.write_fields(line)
    }

    fn write_fields(&mut self, line: &Line) -> io::Result<()> {
        let Self { writer, text, .. } = self;
        let fault = line.fault;
        text.clear();
        // Writing to a String cannot fail.
        let _ = match fault {
            Some(Fault::WordForNumber) => write!(text, "two"),
            Some(Fault::ZeroQuantity) => write!(text, "0"),
            _ => write!(text, "{}", line.quantity),
        };
        let quantity = text.len();
        let _ = match fault {
            Some(Fault::NoSuchDay) => write!(
                text,
                "{}-02-30 {}",
                line.at.format("%Y"),
                line.at.format("%H:%M:%S")
            ),
            _ => write!(text, "{}", line.at),
        };
        let at = text.len();
        let (sign, cents) = (if line.cents < 0 { "-" } else { "" }, line.cents.abs());
        let _ = match fault {
            Some(Fault::PriceForPeople) => write!(text, "$ {},{:02}", cents / 100, cents % 100),
            _ => write!(text, "{sign}{}.{:02}", cents / 100, cents % 100),
        };
        let invoice = if fault == Some(Fault::NoInvoice) {
            ""
        } else {
            &line.invoice
        };
        let fields = [
            invoice,
            &line.sku,
            &line.title,
            &text[..quantity],
            &text[quantity..at],
            &text[at..],
            &line.customer,
            line.country,
        ];
        let kept = if fault == Some(Fault::TooFewFields) {
            3
        } else {
            fields.len()
        };
        Ok(writer.write_record(&fields[..kept])?)
    }

    pub(super) fn end(mut self) -> io::Result<Written> {
        self.writer.flush()?;
        Ok(self.written)
    }
}
