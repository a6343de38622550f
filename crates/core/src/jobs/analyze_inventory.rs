use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    id::AnalysisId,
    job::{Job, Priority, Queue},
};

/// Computes an analysis of a store's stock that was asked for and keeps its items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalyzeInventory {
    /// The analysis to fill.
    pub analysis_id: AnalysisId,
}

impl Job for AnalyzeInventory {
    const NAME: &'static str = "analyze_inventory";
    const QUEUE: Queue = Queue::Inventory;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(900);
    // A person looks at the page and waits.
    const PRIORITY: Priority = Priority::High;

    fn unique_key(&self) -> Option<String> {
        Some(self.analysis_id.to_string())
    }
}
