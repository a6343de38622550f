//! Stock: its ledger, its acts, and what an analysis makes of it.

mod acts;
mod analysis;
mod checks;
mod ledger;
mod places;
mod purchases;
mod scene;
mod terms;
