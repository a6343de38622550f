//! Backups as the database sees them: what was made, the snapshot that a dump is read from, and databases to restore into.

mod record;
mod snapshot;
mod target;

pub use record::{BackupRow, forget_except, latest, latest_drill, note_drill, note_made};
pub use snapshot::{Snapshot, sums};
pub use target::{
    address_of_database, analyze, create_empty, drop_database, is_empty, libpq_environment,
    prepare_roles,
};
