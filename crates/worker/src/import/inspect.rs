use std::{
    io::Read,
    sync::atomic::{AtomicI64, Ordering},
};

use suite_core::invoice_lines::{BrokenFile, Columns, RecordError, RecordReader, RowReader};

use super::{
    scatter::{Scatter, ScatterFinder},
    source::FileError,
};

/// What is known of a file before anything of it is written.
pub(super) struct Inspection {
    pub(super) rows: i64,
    pub(super) scatter: Scatter,
}

/// Goes through the whole file and refuses one that could not be read to its end. Counts into `seen` on the way.
pub(super) fn inspect(text: impl Read, seen: &AtomicI64) -> Result<Inspection, FileError> {
    let mut records = RecordReader::new(text);
    let columns = read_header(&mut records)?;
    // Only the invoice is read here, so the zone does not matter.
    let mut reader = RowReader::new(columns, chrono_tz::UTC);
    let mut finder = ScatterFinder::new();
    let mut rows = 0;
    while let Some(record) = records.read_next()? {
        let line = record.line;
        let invoice = reader
            .invoice_of(record)
            .map_err(|_| BrokenFile::NotUtf8 { line })?;
        finder.see(invoice)?;
        rows += 1;
        if rows % 10_000 == 0 {
            seen.store(rows, Ordering::Relaxed);
        }
    }
    Ok(Inspection {
        rows,
        scatter: finder.finish(),
    })
}

/// Reads the first record.
pub(super) fn read_header<R: Read>(records: &mut RecordReader<R>) -> Result<Columns, FileError> {
    match records.read_next() {
        Ok(Some(header)) => Ok(Columns::find(header.bytes)?),
        Ok(None) => Err(BrokenFile::Empty.into()),
        // A file without lines, such as a picture: its first megabyte is no header.
        Err(RecordError::Broken(BrokenFile::RecordTooLong { .. })) => {
            Err(BrokenFile::NotText.into())
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    fn refusal(bytes: &[u8]) -> String {
        match inspect(bytes, &AtomicI64::new(0)) {
            Err(FileError::Broken(broken)) => broken.to_string(),
            Err(FileError::Source(error)) => panic!("{error}"),
            Ok(_) => panic!("accepted"),
        }
    }

    #[test]
    fn rows_are_counted_whatever_they_say() {
        let text = format!("{HEADER}1,2\n\n536365,A,\"b\nc\",1,2010-12-01 08:26,1,,UK\nx\0y\n");
        let inspection = inspect(text.as_bytes(), &AtomicI64::new(0)).ok().unwrap();
        assert_eq!(inspection.rows, 3);
        assert!(inspection.scatter.is_empty());
    }

    #[test]
    fn a_header_alone_is_a_file_without_rows() {
        assert_eq!(
            inspect(HEADER.as_bytes(), &AtomicI64::new(0))
                .ok()
                .unwrap()
                .rows,
            0
        );
    }

    #[test]
    fn broken_files_are_told_apart() {
        assert_eq!(refusal(b""), "The file is empty.");
        assert_eq!(refusal(b"\xEF\xBB\xBF\r\n \n"), "The file is empty.");
        assert_eq!(
            refusal(&vec![b'x'; 2 << 20]),
            "The file is not text; upload a CSV file in UTF-8."
        );
        let latin1 = [HEADER.as_bytes(), b"1,A,caf\xE9,1,2010-12-01 08:26,1,,UK\n"].concat();
        assert_eq!(
            refusal(&latin1),
            "Line 2 is not UTF-8 text; save the file as UTF-8 and upload it again."
        );
        let open = format!("{HEADER}1,\"A,b\n2,C\n");
        assert_eq!(
            refusal(open.as_bytes()),
            "The quoted field that begins in line 2 is never closed."
        );
    }
}
