use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    id::ImportId,
    job::{Job, Queue},
};

/// Reads an uploaded file into orders, stock movements and rollups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunImport {
    /// The upload to read.
    pub import_id: ImportId,
}

impl Job for RunImport {
    const NAME: &'static str = "run_import";
    const QUEUE: Queue = Queue::Inventory;
    // A file of a hundred million lines takes about ten minutes; the rest is for a slow server.
    const TIMEOUT: Duration = Duration::from_secs(7_200);

    fn unique_key(&self) -> Option<String> {
        Some(self.import_id.to_string())
    }
}
