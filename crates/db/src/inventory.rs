//! Stock: where it lies, what changed it, from whom it comes, and what an analysis makes of it.
//!
//! A level changes only through [`ledger::post`], which writes the movement and the level in one transaction, under locks that
//! everybody takes in the order of variant and location. The ledger itself is only ever added to; the database refuses the rest.

pub mod alerts;
pub mod analyses;
pub mod analysis_input;
pub mod analysis_items;
pub mod checks;
pub mod documents;
pub mod ledger;
pub mod levels;
pub mod locations;
pub mod movements;
pub mod purchase_orders;
pub mod stock_terms;
pub mod supplier_prices;
pub mod vendors;
