//! Imports: the uploaded bytes, what came of them, and the rows that were refused.
//!
//! An upload arrives in *chunks*, each in a transaction of its own, and counts only when [`complete_upload`] has run. The
//! *checkpoint* of an import is the number of rows that are done with; it moves in the transaction that writes their effects.

mod read;
mod upload;

pub use read::{Import, Reject, find, list, rejects};
pub use upload::{abandon_upload, append_chunk, begin_upload, complete_upload, read_chunk};
