//! Which jobs are runs of the fleet's schedules, and what is told of them.

use std::{sync::LazyLock, time::Instant};

use suite_core::{
    id::AccountId,
    schedule::Schedule,
    schedules,
    telemetry::{CheckIn, check_in, is_reporting},
};
use suite_db::jobs::Outcome;
use uuid::Uuid;

/// A test makes sure that each can be read.
static FLEET: LazyLock<Vec<Schedule>> = LazyLock::new(|| schedules::fleet().unwrap_or_default());

/// A run of a schedule that is watched.
pub(super) struct Watched {
    schedule: &'static Schedule,
    id: Uuid,
    since: Instant,
}

/// Tells that a job has begun, where it is a schedule's and somebody listens. A later attempt belongs to the same run.
pub(super) fn begin(
    account_id: AccountId,
    job_id: Uuid,
    kind: &str,
    args: &serde_json::Value,
    attempt: i16,
) -> Option<Watched> {
    if account_id != AccountId::OPERATOR || !is_reporting() {
        return None;
    }
    let of_job = |schedule: &&Schedule| schedule.terms.name == kind && schedule.args == *args;
    let schedule = FLEET.iter().find(of_job)?;
    let run = CheckIn {
        id: job_id,
        went_well: None,
        took: None,
    };
    if attempt == 1 {
        check_in(schedule, &run);
    }
    Some(Watched {
        schedule,
        id: job_id,
        since: Instant::now(),
    })
}

/// Tells how it ended; nothing is told of a job that goes on elsewhere.
pub(super) fn end(watched: Option<Watched>, went_well: Option<bool>) {
    let (Some(watched), Some(went_well)) = (watched, went_well) else {
        return;
    };
    let run = CheckIn {
        id: watched.id,
        went_well: Some(went_well),
        took: Some(watched.since.elapsed()),
    };
    check_in(watched.schedule, &run);
}

/// Returns whether a job went well, if it is over.
pub(super) fn verdict(outcome: &Outcome) -> Option<bool> {
    match outcome {
        Outcome::Succeeded(_) => Some(true),
        Outcome::Dead { .. } => Some(false),
        Outcome::Retry { .. } | Outcome::Cancelled | Outcome::Released { .. } => None,
    }
}
