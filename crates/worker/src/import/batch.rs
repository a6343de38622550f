use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use suite_core::{
    invoice_lines::{Ordinals, Row},
    sales::LineMeaning,
};
use suite_db::imports::Reject;

use super::interner::Interner;

/// Rows after which a batch is full: enough for the price of a transaction not to count, and few enough for four batches to
/// fit into what a worker may take.
const ROWS: i64 = 10_000;
/// Texts after which it is full, for rows that are longer than usual.
const TEXT_BYTES: usize = 4 << 20;

/// A line with its texts as numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) invoice: u32,
    pub(super) sku: u32,
    pub(super) title: u32,
    pub(super) customer: u32,
    pub(super) country: u32,
    /// Among equal lines of its invoice in the whole file.
    pub(super) ordinal: u32,
    pub(super) at: DateTime<Utc>,
    pub(super) day: NaiveDate,
    pub(super) quantity: Decimal,
    pub(super) unit_price: Decimal,
    pub(super) meaning: LineMeaning,
}

type Equal = (u32, u32, u32, Decimal, Decimal, DateTime<Utc>);

/// Rows that are written in one transaction.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// All rows, refused ones too.
    pub(super) rows: i64,
    /// Whether an invoice of it may also be in an earlier batch of the file.
    pub(super) is_scattered: bool,
    pub(super) invoices: Interner,
    pub(super) skus: Interner,
    pub(super) titles: Interner,
    pub(super) customers: Interner,
    pub(super) countries: Interner,
    /// Invoice by invoice, once the batch is closed.
    pub(super) lines: Vec<Line>,
    pub(super) rejects: Vec<Reject>,
    ordinals: Ordinals<Equal>,
    text_bytes: usize,
    is_in_order: bool,
}

impl Batch {
    pub(super) fn is_full(&self) -> bool {
        self.rows >= ROWS || self.text_bytes >= TEXT_BYTES
    }

    /// Adds a row; `ordinal` is given where it counts over more than this batch.
    pub(super) fn push(&mut self, row: &Row<'_>, ordinal: Option<u32>) {
        if self.lines.is_empty() {
            self.is_in_order = true;
            self.lines.reserve(ROWS as usize);
        }
        let mut text_bytes = 0;
        let mut intern = |interner: &mut Interner, text: &str| {
            let (number, is_new) = interner.intern(text);
            text_bytes += if is_new { text.len() } else { 0 };
            number
        };
        let invoice = intern(&mut self.invoices, row.invoice);
        let sku = intern(&mut self.skus, row.sku);
        let title = intern(&mut self.titles, row.title);
        let customer = intern(&mut self.customers, row.customer);
        let country = intern(&mut self.countries, row.country);
        self.text_bytes += text_bytes;
        self.is_scattered |= ordinal.is_some();
        let ordinal = ordinal.unwrap_or_else(|| {
            self.ordinals
                .next((invoice, sku, title, row.quantity, row.unit_price, row.at))
        });
        if self.lines.last().is_some_and(|last| last.invoice > invoice) {
            self.is_in_order = false;
        }
        self.rows += 1;
        self.lines.push(Line {
            invoice,
            sku,
            title,
            customer,
            country,
            ordinal,
            at: row.at,
            day: row.day,
            quantity: row.quantity,
            unit_price: row.unit_price,
            meaning: row.meaning,
        });
    }

    pub(super) fn reject(&mut self, reject: Reject) {
        self.rows += 1;
        self.text_bytes += reject.content.len() + reject.reason.len();
        self.rejects.push(reject);
    }

    /// Brings the lines of each invoice together; within one they stay in the order of the file.
    pub(super) fn close(&mut self) {
        if !self.is_in_order {
            self.lines.sort_by_key(|line| line.invoice);
        }
        self.ordinals = Ordinals::default();
    }

    /// Returns where the lines of each invoice stand.
    pub(super) fn invoice_ranges(&self) -> Vec<Range<usize>> {
        let mut ranges = Vec::with_capacity(self.invoices.texts().len());
        let mut start = 0;
        for chunk in self.lines.chunk_by(|one, next| one.invoice == next.invoice) {
            ranges.push(start..start + chunk.len());
            start += chunk.len();
        }
        ranges
    }
}
