use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use suite_core::invoice_lines::{BrokenFile, Ordinals, Row, RowFault};

/// Bits of the filter that remembers invoices: 8 MiB, enough for five million of them.
const FILTER_BITS: u64 = 1 << 26;
/// Rows outside the first place of their invoice: more would not fit into a worker's memory.
const SCATTERED_ROWS: u64 = 900_000;
/// A batch may be cut inside an invoice that is longer than this, so its lines count as scattered.
const LONG_INVOICE_ROWS: u64 = 10_000;
/// No invoice is longer; without an end, each batch would compare its lines with all that came before.
const INVOICE_LINES: u32 = 50_000;

/// Finds the invoices whose rows do not stand together, in bounded memory.
///
/// A Bloom filter remembers the invoices seen so far. It may take one for seen that was not: then that invoice is handled with
/// more care than it needs.
pub(super) struct ScatterFinder {
    hasher: RandomState,
    filter: Vec<u64>,
    scattered: HashSet<u64>,
    current: u64,
    current_is_scattered: bool,
    current_rows: u64,
    scattered_rows: u64,
}

impl ScatterFinder {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            filter: vec![0; (FILTER_BITS / 64) as usize],
            scattered: HashSet::new(),
            current: 0,
            current_is_scattered: false,
            current_rows: 0,
            scattered_rows: 0,
        }
    }

    /// Notes the next row of the file.
    pub(super) fn see(&mut self, invoice: &str) -> Result<(), BrokenFile> {
        let hash = self.hasher.hash_one(invoice);
        if hash != self.current || self.current_rows == 0 {
            self.current = hash;
            self.current_rows = 0;
            self.current_is_scattered = self.was_seen(hash);
        }
        self.current_rows += 1;
        if self.current_is_scattered || self.current_rows > LONG_INVOICE_ROWS {
            self.scattered.insert(hash);
            self.scattered_rows += 1;
        }
        if self.scattered_rows > SCATTERED_ROWS {
            return Err(BrokenFile::Scattered);
        }
        Ok(())
    }

    /// Tells whether an invoice may have been seen before, and remembers it.
    fn was_seen(&mut self, hash: u64) -> bool {
        let step = (hash >> 32) | 1;
        let mut seen = true;
        for probe in 0..4 {
            let bit = hash.wrapping_add(step.wrapping_mul(probe)) % FILTER_BITS;
            let word = &mut self.filter[(bit / 64) as usize];
            let mask = 1 << (bit % 64);
            seen &= *word & mask != 0;
            *word |= mask;
        }
        seen
    }

    pub(super) fn finish(self) -> Scatter {
        Scatter {
            hasher: self.hasher,
            invoices: self.scattered.into_iter().map(|hash| (hash, 0)).collect(),
            lines: Ordinals::default(),
        }
    }
}

/// Counts the lines of scattered invoices over the whole file.
pub(super) struct Scatter {
    hasher: RandomState,
    /// How many lines of each were taken so far.
    invoices: HashMap<u64, u32>,
    /// By invoice and content: a collision would need two contents of one invoice.
    lines: Ordinals<(u64, u64)>,
}

impl Scatter {
    pub(super) fn is_empty(&self) -> bool {
        self.invoices.is_empty()
    }

    pub(super) fn contains(&self, invoice: &str) -> bool {
        !self.invoices.is_empty() && self.invoices.contains_key(&self.hasher.hash_one(invoice))
    }

    /// Returns the ordinal of a row of a scattered invoice among its equals in the whole file; `None` for other invoices.
    pub(super) fn ordinal(&mut self, row: &Row<'_>) -> Result<Option<u32>, RowFault> {
        if self.invoices.is_empty() {
            return Ok(None);
        }
        let invoice = self.hasher.hash_one(row.invoice);
        let Some(lines) = self.invoices.get_mut(&invoice) else {
            return Ok(None);
        };
        if *lines == INVOICE_LINES {
            return Err(RowFault::InvoiceTooLong {
                limit: INVOICE_LINES,
            });
        }
        *lines += 1;
        let content =
            self.hasher
                .hash_one((row.sku, row.title, row.quantity, row.unit_price, row.at));
        Ok(Some(self.lines.next((invoice, content))))
    }

    /// Returns it as it is at the beginning of a pass over the file.
    pub(super) fn begin(&self) -> Self {
        Self {
            hasher: self.hasher.clone(),
            invoices: self.invoices.keys().map(|hash| (*hash, 0)).collect(),
            lines: Ordinals::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scatter(invoices: &[&str]) -> Scatter {
        let mut finder = ScatterFinder::new();
        for invoice in invoices {
            finder.see(invoice).unwrap();
        }
        finder.finish()
    }

    #[test]
    fn only_invoices_in_several_places_are_scattered() {
        let scatter = scatter(&["1", "1", "2", "3", "2", "", "4", ""]);
        let found: Vec<&str> = ["1", "2", "3", "4", ""]
            .into_iter()
            .filter(|invoice| scatter.contains(invoice))
            .collect();
        assert_eq!(found, ["2", ""]);
    }

    #[test]
    fn a_very_long_invoice_counts_as_scattered() {
        let mut finder = ScatterFinder::new();
        for _ in 0..LONG_INVOICE_ROWS {
            finder.see("1").unwrap();
        }
        assert!(!finder.scattered.iter().any(|_| true));
        finder.see("1").unwrap();
        assert!(finder.finish().contains("1"));
    }

    #[test]
    fn a_file_without_any_order_is_refused() {
        let mut finder = ScatterFinder::new();
        let refused = (0..3 * SCATTERED_ROWS)
            .map(|row| finder.see(&(row % 500_000).to_string()))
            .find_map(Result::err);
        assert_eq!(refused, Some(BrokenFile::Scattered));
    }
}
