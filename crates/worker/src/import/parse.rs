use std::io::Read;

use chrono_tz::Tz;
use suite_core::invoice_lines::{BrokenFile, Record, RecordReader, RowFault, RowReader, excerpt};
use suite_db::imports::Reject;
use tokio::sync::mpsc;

use super::{batch::Batch, inspect::read_header, scatter::Scatter, source::FileError};

/// Reads the rows behind the first `skip` into batches, which end where an invoice ends.
///
/// Returns how many rows the file has, or earlier when nobody takes the batches any more.
pub(super) fn parse(
    text: impl Read,
    zone: Tz,
    scatter: Scatter,
    skip: i64,
    batches: &mpsc::Sender<Batch>,
) -> Result<i64, FileError> {
    let mut records = RecordReader::new(text);
    let columns = read_header(&mut records)?;
    let mut parser = Parser {
        rows: RowReader::new(columns, zone),
        scatter,
        batch: Batch::default(),
        last_invoice: String::new(),
    };
    let mut count = 0;
    while let Some(record) = records.read_next()? {
        count += 1;
        if count <= skip {
            parser.pass(record)?;
        } else if let Some(batch) = parser.take(record)?
            && !hand_over(batch, batches)
        {
            return Ok(count);
        }
    }
    if parser.batch.rows > 0 {
        parser.batch.close();
        // Nobody listens when the writer has failed, and the writer knows why.
        let _ = batches.blocking_send(parser.batch);
    }
    Ok(count)
}

/// Sends a batch and waits until it is taken, so that no more than one lies between parser and writer; false when nobody
/// takes batches any more.
fn hand_over(batch: Batch, batches: &mpsc::Sender<Batch>) -> bool {
    batches.blocking_send(batch).is_ok()
        && tokio::runtime::Handle::current()
            .block_on(batches.reserve())
            .is_ok()
}

struct Parser {
    rows: RowReader,
    scatter: Scatter,
    batch: Batch,
    last_invoice: String,
}

impl Parser {
    /// Passes over a row that an earlier attempt has written; only its part in a scattered invoice is counted.
    fn pass(&mut self, record: Record<'_>) -> Result<(), FileError> {
        if self.scatter.is_empty() {
            return Ok(());
        }
        let text = utf8(record)?;
        if let Ok(row) = self.rows.read(text) {
            // An invoice too long was refused then as it would be now.
            let _ = self.scatter.ordinal(&row);
        }
        Ok(())
    }

    /// Takes a row, and returns the batch before it when that is full.
    fn take(&mut self, record: Record<'_>) -> Result<Option<Batch>, FileError> {
        let text = utf8(record)?;
        let Self {
            rows,
            scatter,
            batch,
            last_invoice,
        } = self;
        match rows.read(text) {
            Ok(row) => {
                let full = cut(batch, scatter, last_invoice, row.invoice);
                match scatter.ordinal(&row) {
                    Ok(ordinal) => batch.push(&row, ordinal),
                    Err(fault) => batch.reject(reject(record, text, &fault)),
                }
                Ok(full)
            }
            Err(fault) => {
                // The same invoice that the inspection saw on this row.
                let line = record.line;
                let invoice = rows
                    .invoice_of(record)
                    .map_err(|_| BrokenFile::NotUtf8 { line })?;
                let full = cut(batch, scatter, last_invoice, invoice);
                batch.reject(reject(record, text, &fault));
                Ok(full)
            }
        }
    }
}

/// Ends a full batch in front of a row of `invoice`, unless that would part an invoice that is not scattered.
fn cut(
    batch: &mut Batch,
    scatter: &Scatter,
    last_invoice: &mut String,
    invoice: &str,
) -> Option<Batch> {
    let goes_on = last_invoice == invoice;
    if !goes_on {
        last_invoice.clear();
        last_invoice.push_str(invoice);
    }
    if !batch.is_full() || (goes_on && !scatter.contains(invoice)) {
        return None;
    }
    let mut full = std::mem::take(batch);
    full.close();
    Some(full)
}

fn utf8(record: Record<'_>) -> Result<&str, BrokenFile> {
    std::str::from_utf8(record.bytes).map_err(|_| BrokenFile::NotUtf8 { line: record.line })
}

fn reject(record: Record<'_>, text: &str, fault: &RowFault) -> Reject {
    Reject {
        line_number: i64::try_from(record.line).unwrap_or(i64::MAX),
        reason: fault.to_string(),
        content: excerpt(text),
    }
}
