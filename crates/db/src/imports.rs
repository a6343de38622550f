//! Imports: the uploaded bytes, what came of them, and the rows that were refused.
//!
//! An upload arrives in *chunks*, each in a transaction of its own, and counts only when [`complete_upload`] has run. The
//! *checkpoint* of an import is the number of rows that are done with; it moves in the transaction that writes their effects.

mod catalogue;
mod checkpoint;
mod customers;
mod lines;
mod movements;
mod orders;
mod raced;
mod read;
mod rejects;
mod store;
mod upload;
mod whole_orders;

pub use catalogue::{KnownVariant, NewVariant, insert_variants, set_titles, variants_by_sku};
pub use checkpoint::{Checkpoint, advance, begin_run, fail, set_rows_total, succeed};
pub use customers::{KnownCustomer, NewCustomer, customers_by_outside_id, insert_customers};
pub use lines::{NewLines, StoredLine, insert_lines, stored_lines};
pub use movements::{
    KnownMovement, NewMovements, default_location, insert_movements, known_movements, lock_levels,
    set_levels,
};
pub use orders::{Orders, StoredOrder, insert_orders, lock_orders, update_orders};
pub(crate) use raced::raced;
pub use read::{Import, Reject, find, list, rejects};
pub use rejects::{REJECTS_LIMIT, keep_rejects};
pub use store::{StoreTerms, commit_lazily, hold_store};
pub use upload::{abandon_upload, append_chunk, begin_upload, complete_upload, read_chunk};
pub use whole_orders::{
    WholeLine, WholeOrder, lock_whole_orders, replace_lines, whole_lines, write_whole_orders,
};
