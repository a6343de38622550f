//! Check-ins of schedules: Sentry tells the operator when one does not come, which is all that a stopped fleet could tell.

use std::time::Duration;

use sentry::{
    Envelope, Hub,
    protocol::{
        EnvelopeItem, MonitorCheckIn, MonitorCheckInStatus, MonitorConfig, MonitorSchedule,
    },
};
use uuid::Uuid;

use crate::schedule::Schedule;

/// How late a tick may be, in minutes.
const MARGIN_MINUTES: u64 = 5;

/// A run of a schedule's job.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckIn {
    /// Which run.
    pub id: Uuid,
    /// Whether it went well; not yet known while it runs.
    pub went_well: Option<bool>,
    /// How long it took.
    pub took: Option<Duration>,
}

/// Tells how a run of a schedule goes, where there is somebody to tell.
pub fn check_in(schedule: &Schedule, run: &CheckIn) {
    let Some(client) = Hub::main().client() else {
        return;
    };
    let environment = client.options().environment.clone();
    let mut envelope = Envelope::new();
    let item = item(schedule, run, environment.map(|name| name.to_string()));
    envelope.add_item(EnvelopeItem::from(item));
    client.send_envelope(envelope);
}

fn item(schedule: &Schedule, run: &CheckIn, environment: Option<String>) -> MonitorCheckIn {
    MonitorCheckIn {
        check_in_id: run.id,
        monitor_slug: schedule.name.clone(),
        status: match run.went_well {
            None => MonitorCheckInStatus::InProgress,
            Some(true) => MonitorCheckInStatus::Ok,
            Some(false) => MonitorCheckInStatus::Error,
        },
        environment,
        duration: run.took.map(|took| took.as_secs_f64()),
        monitor_config: Some(MonitorConfig {
            schedule: MonitorSchedule::Crontab {
                value: schedule.expression.to_string(),
            },
            checkin_margin: Some(MARGIN_MINUTES),
            max_runtime: Some(schedule.terms.timeout.as_secs().div_ceil(60)),
            timezone: Some(schedule.timezone.name().to_owned()),
            failure_issue_threshold: None,
            recovery_threshold: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_in_tells_when_the_next_one_is_due() {
        let schedules = crate::schedules::fleet().unwrap();
        let schedule = schedules
            .iter()
            .find(|schedule| schedule.name == "drill_backup")
            .unwrap();
        let run = CheckIn {
            id: Uuid::nil(),
            went_well: Some(false),
            took: Some(Duration::from_millis(1500)),
        };
        let sent =
            serde_json::to_value(item(schedule, &run, Some("production".to_owned()))).unwrap();
        assert_eq!(sent["monitor_slug"], "drill_backup");
        assert_eq!(sent["status"], "error");
        assert_eq!(sent["duration"], 1.5);
        assert_eq!(sent["monitor_config"]["schedule"]["value"], "31 4 * * 0");
        assert_eq!(sent["monitor_config"]["timezone"], "UTC");
    }
}
