/// Why a file cannot be imported at all, as one sentence for the merchant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenFile {
    /// There is nothing in it.
    #[error("The file is empty.")]
    Empty,
    /// A ZIP archive, or an Excel workbook, which is one inside.
    #[error(
        "The file is a ZIP archive or an Excel workbook; upload the CSV file itself, plain or compressed with gzip."
    )]
    Zip,
    /// Said to be gzip, and is not.
    #[error("The file was sent as gzip and is not gzip; upload it again.")]
    NotGzip,
    /// The compressed data end too early.
    #[error("The gzip data are cut off; upload the file again.")]
    GzipCutOff,
    /// The compressed data are damaged.
    #[error("The gzip data are damaged; upload the file again.")]
    GzipDamaged,
    /// It unpacks to more than anybody's invoices.
    #[error("The file unpacks to more than {limit_gib} GiB; split it and upload the parts.")]
    UnpacksTooLarge {
        /// The most that is read.
        limit_gib: u64,
    },
    /// Two bytes a character.
    #[error("The file is written in UTF-16; save it as UTF-8 and upload it again.")]
    Utf16,
    /// Not text at all.
    #[error("The file is not text; upload a CSV file in UTF-8.")]
    NotText,
    /// Bytes that are no UTF-8, most likely another encoding.
    #[error("Line {line} is not UTF-8 text; save the file as UTF-8 and upload it again.")]
    NotUtf8 {
        /// Where the record begins.
        line: u64,
    },
    /// The first line names none of the columns.
    #[error("The first line is no header: it must name the columns {columns}.")]
    NoHeader {
        /// The columns that are needed.
        columns: String,
    },
    /// The header is there with another separator.
    #[error("The columns are separated by {separator}; separate them by commas.")]
    WrongSeparator {
        /// What separates them.
        separator: &'static str,
    },
    /// A needed column is not in the header.
    #[error("The header lacks the column {columns}.")]
    MissingColumns {
        /// Which, as a list.
        columns: String,
    },
    /// A needed column is there more than once.
    #[error("The header names the column {column} twice.")]
    RepeatedColumn {
        /// Which.
        column: &'static str,
    },
    /// More columns than any export has.
    #[error("The header has more than {limit} columns.")]
    TooManyColumns {
        /// The most that is taken.
        limit: usize,
    },
    /// More rows than a catalogue has.
    #[error("The file has more than {limit} rows; split it and upload the parts.")]
    TooManyRows {
        /// The most that is taken.
        limit: usize,
    },
    /// A quote that runs to the end.
    #[error("The quoted field that begins in line {line} is never closed.")]
    QuoteNeverClosed {
        /// Where the record begins.
        line: u64,
    },
    /// A record longer than any invoice line.
    #[error("The record that begins in line {line} is longer than 1 MiB.")]
    RecordTooLong {
        /// Where it begins.
        line: u64,
    },
    /// Too many invoices have their lines in several places.
    #[error(
        "The lines of too many invoices are scattered over the file; sort it by invoice and upload it again."
    )]
    Scattered,
    /// Hardly a row is what the format wants.
    #[error(
        "More than {limit} rows were refused; see what is wrong with the first of them, correct the file and upload it again."
    )]
    TooManyRejects {
        /// The most that are kept.
        limit: i64,
    },
}
