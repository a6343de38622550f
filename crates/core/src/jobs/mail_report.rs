use std::time::Duration;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    id::{ReportId, ReportScheduleId, UserId},
    job::{Job, Queue},
};

/// Writes the mails about a report that is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailReport {
    /// The report.
    pub report_id: ReportId,
    /// The schedule that wanted it; its readers get it.
    #[serde(default)]
    pub schedule_id: Option<ReportScheduleId>,
    /// The day of the schedule that it was made for.
    #[serde(default)]
    pub day: Option<NaiveDate>,
    /// Who asked for it, without a schedule; everybody who logs in for the account when a program asked.
    #[serde(default)]
    pub user_id: Option<UserId>,
}

impl Job for MailReport {
    const NAME: &'static str = "mail_report";
    const QUEUE: Queue = Queue::Reports;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(60);

    fn unique_key(&self) -> Option<String> {
        Some(self.report_id.to_string())
    }
}
