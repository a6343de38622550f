use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    id::ReportId,
    job::{Job, Priority, Queue},
};

/// Computes a report that was asked for and keeps its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildReport {
    /// The report to fill.
    pub report_id: ReportId,
}

impl Job for BuildReport {
    const NAME: &'static str = "build_report";
    const QUEUE: Queue = Queue::Reports;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(900);
    // A person looks at the page and waits.
    const PRIORITY: Priority = Priority::High;

    fn unique_key(&self) -> Option<String> {
        Some(self.report_id.to_string())
    }
}
