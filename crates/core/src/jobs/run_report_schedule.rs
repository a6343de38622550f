use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    id::ReportScheduleId,
    job::{Job, Queue},
};

/// Starts the report that a schedule wants now, once for each of its periods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReportSchedule {
    /// The schedule.
    pub schedule_id: ReportScheduleId,
}

impl Job for RunReportSchedule {
    const NAME: &'static str = "run_report_schedule";
    const QUEUE: Queue = Queue::Reports;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(60);

    fn unique_key(&self) -> Option<String> {
        Some(self.schedule_id.to_string())
    }
}
