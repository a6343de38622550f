//! Imports: from the pieces of an upload to orders, movements and sums.
//!
//! A file is read twice. The *inspection* goes through all of it and writes nothing, so that a broken file leaves nothing
//! behind; it also finds the invoices whose lines are *scattered* over the file. Then the rows are written in *batches*, each
//! in one transaction that also moves the checkpoint. Three batches are under way at a time, on three connections: one writes its
//! orders, the one before it its lines, and the one before that adds up its sums and commits. A new attempt goes on behind the
//! checkpoint.

mod batch;
mod control;
mod goods;
mod inspect;
mod interner;
mod parse;
mod pipeline;
mod scatter;
mod source;
mod whole_orders;
mod write;

pub(crate) use control::{Control, Halt};
pub(crate) use pipeline::run;
