//! Stock: its ledger, its acts, and what an analysis makes of it.

mod ledger;
