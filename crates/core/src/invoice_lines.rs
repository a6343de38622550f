//! Files in which each row is one line of an invoice: how they are read and what their rows come to.
//!
//! A *record* is one row as it stands in the file, a *line* is what it says. A line is known by its invoice, its *content*
//! (SKU, title, quantity, unit price, time; numbers by value) and its *ordinal* among equal lines of that invoice in the
//! whole file. Merging a file into what is stored keeps, for each content, the larger of both counts: the same file again
//! changes nothing, and files that overlap count each shared line once.
//!
//! A *broken file* is refused as a whole, before anything is written; a *row fault* refuses one row.

mod broken_file;
mod contribution;
mod fields;
mod header;
mod line_key;
mod merge;
mod moment;
mod number;
mod records;
mod row;

pub use broken_file::BrokenFile;
pub use contribution::{Buyer, Deltas, OrderLine, OrderSums, VariantDay};
pub(crate) use fields::Fields;
pub use header::{COLUMN_LIMIT, Columns};
pub(crate) use header::{column_position, readable_header};
pub use line_key::line_key;
pub use merge::{LineContent, Ordinals, missing};
pub use moment::{BadMoment, Moment, MomentReader};
pub use number::{BadNumber, parse_number};
pub use records::{RECORD_LIMIT_BYTES, Record, RecordError, RecordReader};
pub use row::{Row, RowFault, RowReader, TEXT_LIMIT_CHARS, excerpt};

/// Tells whether an invoice takes sales back: its number begins with a capital C.
#[must_use]
pub fn is_credit_note(invoice: &str) -> bool {
    invoice.starts_with('C')
}
