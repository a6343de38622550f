use std::io::{self, Read};

use memchr::{memchr, memchr3};

use super::BrokenFile;

/// A record that is longer is no invoice line.
pub const RECORD_LIMIT_BYTES: usize = 1 << 20;

/// How much is asked of the source at a time.
const READ_BYTES: usize = 128 * 1024;

/// One row as it stands in the file, without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The line in which it begins; the first is 1.
    pub line: u64,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Why no further record can be had.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file's fault.
    #[error(transparent)]
    Broken(#[from] BrokenFile),
    /// The source's fault.
    #[error(transparent)]
    Source(#[from] io::Error),
}

/// Cuts a stream into records, in bounded memory.
///
/// Lines end in LF, CRLF or CR, mixed as they come; blank lines are passed over, and so is a byte order mark. A quote opens a
/// quoted field only where a field begins, blanks before it not counted: elsewhere it is a sign of inches.
#[derive(Debug)]
pub struct RecordReader<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    at_end: bool,
    is_past_mark: bool,
    line: u64,
}

/// What stands at the beginning of the buffer.
#[derive(Debug, PartialEq, Eq)]
enum Scan {
    /// A record of `bytes`, of `consumed` with its end, over `lines` lines.
    Whole {
        bytes: usize,
        consumed: usize,
        lines: u64,
    },
    /// Its end is not in the buffer.
    Cut { in_quotes: bool },
}

impl<R: Read> RecordReader<R> {
    /// Begins to read.
    pub fn new(source: R) -> Self {
        Self {
            source,
            buffer: vec![0; 2 * READ_BYTES],
            start: 0,
            end: 0,
            at_end: false,
            is_past_mark: false,
            line: 1,
        }
    }

    /// Returns the next record, or `None` at the end.
    ///
    /// # Errors
    /// [`BrokenFile`] when a record has no end in sight, or what the source says.
    pub fn read_next(&mut self) -> Result<Option<Record<'_>>, RecordError> {
        loop {
            self.pass_byte_order_mark()?;
            let waiting = &self.buffer[self.start..self.end];
            if waiting.is_empty() && self.at_end {
                return Ok(None);
            }
            match scan(waiting, self.at_end) {
                Scan::Whole {
                    bytes,
                    consumed,
                    lines,
                } => {
                    let (begin, line) = (self.start, self.line);
                    self.start += consumed;
                    self.line += lines;
                    if !self.buffer[begin..begin + bytes].trim_ascii().is_empty() {
                        let bytes = &self.buffer[begin..begin + bytes];
                        return Ok(Some(Record { line, bytes }));
                    }
                }
                Scan::Cut { in_quotes } => {
                    let line = self.line;
                    if in_quotes && (self.at_end || waiting.len() > RECORD_LIMIT_BYTES) {
                        return Err(BrokenFile::QuoteNeverClosed { line }.into());
                    }
                    if waiting.len() > RECORD_LIMIT_BYTES {
                        return Err(BrokenFile::RecordTooLong { line }.into());
                    }
                    self.fill()?;
                }
            }
        }
    }

    fn pass_byte_order_mark(&mut self) -> Result<(), RecordError> {
        const MARK: &[u8] = b"\xEF\xBB\xBF";
        if self.is_past_mark {
            return Ok(());
        }
        while self.end < MARK.len() && !self.at_end {
            self.fill()?;
        }
        if self.buffer[..self.end].starts_with(MARK) {
            self.start = MARK.len();
        }
        self.is_past_mark = true;
        Ok(())
    }

    /// Reads more behind what is waiting; sets `at_end` when there is no more.
    fn fill(&mut self) -> io::Result<()> {
        if self.buffer.len() - self.end < READ_BYTES && self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.end < READ_BYTES {
            self.buffer.resize(self.end + READ_BYTES, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.at_end = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }
}

/// Finds the end of the record at the beginning of `text`.
fn scan(text: &[u8], at_end: bool) -> Scan {
    let mut lines = 1;
    let mut from = 0;
    loop {
        let Some(found) = memchr3(b'"', b'\n', b'\r', &text[from..]).map(|offset| from + offset)
        else {
            return if at_end {
                Scan::Whole {
                    bytes: text.len(),
                    consumed: text.len(),
                    lines,
                }
            } else {
                Scan::Cut { in_quotes: false }
            };
        };
        match text[found] {
            b'"' if opens_field(&text[..found]) => {
                let Some(after) = closing_quote(text, found + 1, at_end) else {
                    return Scan::Cut { in_quotes: true };
                };
                lines += line_ends(&text[found..after]);
                from = after;
            }
            b'"' => from = found + 1,
            b'\r' if found + 1 == text.len() && !at_end => return Scan::Cut { in_quotes: false },
            _ => {
                let pair = text[found..].starts_with(b"\r\n");
                return Scan::Whole {
                    bytes: found,
                    consumed: found + 1 + usize::from(pair),
                    lines,
                };
            }
        }
    }
}

/// Tells whether a field begins behind `before`, blanks not counted.
fn opens_field(before: &[u8]) -> bool {
    before
        .iter()
        .rev()
        .find(|byte| !matches!(byte, b' ' | b'\t'))
        .is_none_or(|byte| *byte == b',')
}

/// Returns the place behind the quote that closes the field; a doubled quote stands for itself.
fn closing_quote(text: &[u8], mut from: usize, at_end: bool) -> Option<usize> {
    loop {
        let quote = from + memchr(b'"', &text[from..])?;
        match text.get(quote + 1) {
            Some(b'"') => from = quote + 2,
            Some(_) => return Some(quote + 1),
            None => return at_end.then_some(quote + 1),
        }
    }
}

fn line_ends(text: &[u8]) -> u64 {
    let mut ends = 0;
    let mut previous = 0;
    for &byte in text {
        // CRLF is one.
        if byte == b'\r' || (byte == b'\n' && previous != b'\r') {
            ends += 1;
        }
        previous = byte;
    }
    ends
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives its bytes in pieces of `piece`, as a decoder does.
    struct Pieces<'a> {
        bytes: &'a [u8],
        piece: usize,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.piece.min(into.len()).min(self.bytes.len());
            into[..count].copy_from_slice(&self.bytes[..count]);
            self.bytes = &self.bytes[count..];
            Ok(count)
        }
    }

    fn read_all(bytes: &[u8], piece: usize) -> Result<Vec<(u64, String)>, RecordError> {
        let mut reader = RecordReader::new(Pieces { bytes, piece });
        let mut records = Vec::new();
        while let Some(record) = reader.read_next()? {
            let text = String::from_utf8_lossy(record.bytes).into_owned();
            records.push((record.line, text));
        }
        Ok(records)
    }

    fn records(bytes: &[u8]) -> Vec<(u64, String)> {
        let whole = read_all(bytes, usize::MAX).unwrap();
        assert_eq!(read_all(bytes, 1).unwrap(), whole);
        whole
    }

    fn owned(records: &[(u64, &str)]) -> Vec<(u64, String)> {
        records
            .iter()
            .map(|(line, text)| (*line, (*text).to_owned()))
            .collect()
    }

    #[test]
    fn line_ends_of_every_kind_end_a_record_and_count_once() {
        assert_eq!(
            records(b"\xEF\xBB\xBFa,b\r\nc\rd\n\n  \r\ne"),
            owned(&[(1, "a,b"), (2, "c"), (3, "d"), (6, "e")])
        );
    }

    #[test]
    fn a_quoted_line_end_belongs_to_its_field_and_counts_as_a_line() {
        assert_eq!(
            records(b"a, \"x\r\ny \"\"z\"\" \n\",c\nnext"),
            owned(&[(1, "a, \"x\r\ny \"\"z\"\" \n\",c"), (4, "next")])
        );
    }

    #[test]
    fn a_quote_inside_a_plain_field_means_inches() {
        assert_eq!(
            records(b"SIGN 12\",5\nnext"),
            owned(&[(1, "SIGN 12\",5"), (2, "next")])
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_is_told_with_its_line() {
        let error = read_all(b"a\nb,\"c\nd\ne", 3).unwrap_err();
        assert_eq!(
            error.to_string(),
            "The quoted field that begins in line 2 is never closed."
        );
        let long = [b"a\nb,\"", vec![b'x'; 3 * RECORD_LIMIT_BYTES].as_slice()].concat();
        let error = read_all(&long, 100_000).unwrap_err();
        assert!(error.to_string().contains("never closed"), "{error}");
    }

    #[test]
    fn a_record_without_end_is_refused_in_bounded_memory() {
        let mut reader = RecordReader::new(io::repeat(b'x'));
        let error = reader.read_next().unwrap_err();
        assert_eq!(
            error.to_string(),
            "The record that begins in line 1 is longer than 1 MiB."
        );
        assert!(reader.buffer.len() < 2 * RECORD_LIMIT_BYTES);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_give_the_same_records(bytes in proptest::collection::vec(
            prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(b' '), any::<u8>()], 0..200), piece in 1usize..20) {
            let whole = read_all(&bytes, usize::MAX).map_err(|error| error.to_string());
            let pieces = read_all(&bytes, piece).map_err(|error| error.to_string());
            prop_assert_eq!(whole, pieces);
        }

        #[test]
        fn what_a_csv_writer_wrote_is_cut_where_it_cut(rows in proptest::collection::vec(
            proptest::collection::vec("[a-z\",\r\n ]{0,6}", 2..5), 1..6)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            prop_assert_eq!(records(&bytes).len(), rows.len());
        }
    }
}
