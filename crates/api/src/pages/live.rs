//! What a page says about a job while it runs. A script keeps it up to date from the job's events; without one the page comes again.

use suite_core::job::JobState;
use suite_db::jobs::{JobRow, Progress};

use super::display::{count, words};

/// A job that may still be under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Live {
    pub(super) id: String,
    /// The word that the script compares with.
    pub(super) state: String,
    pub(super) is_over: bool,
    /// Whether it can be called off, and whether it can be run again.
    pub(super) can_cancel: bool,
    pub(super) can_retry: bool,
    /// Both empty before it says how far it is; `total` also where nobody knows.
    pub(super) done: String,
    pub(super) total: String,
    /// How far it is, in words.
    pub(super) told: String,
    pub(super) error: Option<String>,
}

impl Live {
    pub(super) fn new(job: &JobRow) -> Self {
        let state = job.state.parse::<JobState>();
        let is_over = state.as_ref().is_ok_and(|state| state.is_final());
        let progress: Option<Progress> = job
            .progress
            .clone()
            .and_then(|progress| serde_json::from_value(progress).ok());
        Self {
            id: job.id.to_string(),
            is_over,
            can_cancel: !is_over && job.cancel_requested_at.is_none(),
            can_retry: matches!(
                state,
                Ok(JobState::Dead | JobState::Cancelled | JobState::Scheduled | JobState::Retrying)
            ),
            done: progress
                .as_ref()
                .map(|progress| progress.done.to_string())
                .unwrap_or_default(),
            total: progress
                .as_ref()
                .and_then(|progress| progress.total)
                .map(|total| total.to_string())
                .unwrap_or_default(),
            told: told(job, progress.as_ref()),
            state: job.state.clone(),
            error: job.error.clone(),
        }
    }
}

/// The same words as the script's.
fn told(job: &JobRow, progress: Option<&Progress>) -> String {
    if job.cancel_requested_at.is_some() && job.state == JobState::Running.name() {
        return "Stopping …".to_owned();
    }
    match (job.state.as_str(), progress) {
        ("queued", _) => "Waits for a worker".to_owned(),
        ("scheduled", _) => "Waits for its time".to_owned(),
        ("retrying", _) => format!(
            "Attempt {} of {} failed; it is tried again by itself",
            job.attempt, job.max_attempts
        ),
        ("running", Some(progress)) => {
            let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            let done = count(number(progress.done));
            let doing = words(&progress.message);
            match progress.total {
                Some(total) => format!(
                    "{doing}: {done} of {} {}",
                    count(number(total)),
                    progress.unit
                ),
                None => format!("{doing}: {done} {}", progress.unit),
            }
        }
        ("running", None) => "Running".to_owned(),
        (state, _) => words(state),
    }
}
