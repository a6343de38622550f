use std::io::Read;

use suite_core::{
    invoice_lines::{BrokenFile, RecordReader},
    shopify_orders::{OrderColumns, OrderReader},
};
use tokio::sync::mpsc;

use super::{OrderBatch, group::Grouper, read_header};
use crate::import::source::FileError;

/// Reads the rows behind the first `skip`, where an order begins, into batches.
///
/// Returns how many rows the file has, or earlier when nobody takes the batches any more.
pub(super) fn parse(
    text: impl Read,
    reader: impl FnOnce(OrderColumns) -> OrderReader,
    skip: i64,
    batches: &mpsc::Sender<OrderBatch>,
) -> Result<i64, FileError> {
    let mut records = RecordReader::new(text);
    let columns = read_header(&mut records)?;
    let mut grouper = Grouper::new(reader(columns));
    let mut rows = 0;
    while let Some(record) = records.read_next()? {
        rows += 1;
        if rows <= skip {
            continue;
        }
        let text = std::str::from_utf8(record.bytes)
            .map_err(|_| BrokenFile::NotUtf8 { line: record.line })?;
        let line = i64::try_from(record.line).unwrap_or(i64::MAX);
        if let Some(batch) = grouper.take(line, text)
            && batches.blocking_send(batch).is_err()
        {
            return Ok(rows);
        }
    }
    if let Some(batch) = grouper.finish() {
        // Nobody listens when the writer has failed, and the writer knows why.
        let _ = batches.blocking_send(batch);
    }
    Ok(rows)
}
