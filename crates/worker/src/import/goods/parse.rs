use std::io::Read;

use suite_core::{
    goods_file::{GoodsColumns, GoodsReader, GoodsRow},
    import::ImportFormat,
    invoice_lines::{BrokenFile, RecordReader, excerpt},
};
use suite_db::imports::Reject;

use crate::import::source::FileError;

/// No catalogue has more rows: they are held in memory.
const ROWS_LIMIT: usize = 500_000;

/// What came of reading one row.
pub(super) enum Told {
    /// It says nothing of goods.
    Nothing,
    /// It names a variant; with the line in which it begins.
    Goods(i64, Box<GoodsRow>, String),
    /// It is refused.
    Refused(Reject),
}

/// Reads the whole file.
pub(super) fn parse(text: impl Read, format: ImportFormat) -> Result<Vec<Told>, FileError> {
    let mut records = RecordReader::new(text);
    let columns = match records.read_next()? {
        Some(header) => GoodsColumns::find(header.bytes, format)?,
        None => return Err(BrokenFile::Empty.into()),
    };
    let mut reader = GoodsReader::new(columns, format);
    let mut rows = Vec::new();
    while let Some(record) = records.read_next()? {
        let text = std::str::from_utf8(record.bytes)
            .map_err(|_| BrokenFile::NotUtf8 { line: record.line })?;
        if rows.len() == ROWS_LIMIT {
            return Err(BrokenFile::TooManyRows { limit: ROWS_LIMIT }.into());
        }
        let line = i64::try_from(record.line).unwrap_or(i64::MAX);
        rows.push(match reader.read(text) {
            Ok(None) => Told::Nothing,
            Ok(Some(row)) => Told::Goods(line, Box::new(row), excerpt(text)),
            Err(fault) => Told::Refused(Reject {
                line_number: line,
                reason: fault.to_string(),
                content: excerpt(text),
            }),
        });
    }
    Ok(rows)
}
