use std::time::Duration;

use serde_json::Value;
use suite_core::{
    Error,
    job::{Backoff, JobTerms},
};
use suite_db::jobs::{JobFault, Outcome};
use suite_queue::StopReason;

use super::JobError;

/// How long a job rests that met our own infrastructure away: its attempt does not count.
const INFRASTRUCTURE_REST: Duration = Duration::from_secs(1);
/// How long a job rests, on average, whose arguments this program cannot read: its attempt does not count either.
const UNREADABLE_REST: Duration = Duration::from_secs(5);

/// Decides what follows from the end of an attempt. `jitter` is a random number in 0..=1.
///
/// `None` means that nothing may be written: the job belongs to another worker.
pub(crate) fn decide(
    result: Result<Value, JobError>,
    stop: Option<StopReason>,
    attempt: i16,
    max_attempts: i16,
    terms: Option<&JobTerms>,
    jitter: f64,
) -> Option<Outcome> {
    let error = match result {
        Ok(value) => return Some(Outcome::Succeeded(value)),
        Err(error) => error,
    };
    match stop {
        Some(StopReason::LeaseLost) => return None,
        Some(StopReason::Cancelled) => return Some(Outcome::Cancelled),
        Some(StopReason::Shutdown) => {
            return Some(Outcome::Released {
                after: Duration::ZERO,
                error: None,
            });
        }
        None => {}
    }
    let backoff = terms.map_or(Backoff::DEFAULT, |terms| terms.backoff);
    let retry = |after: Duration, error: &Error| {
        let fault = fault(error);
        if attempt >= max_attempts {
            Outcome::Dead { error: fault }
        } else {
            Outcome::Retry {
                after,
                error: fault,
            }
        }
    };
    Some(match error {
        JobError::LeaseLost => return None,
        // It stopped without having been asked: treated like a shutdown.
        JobError::Stopped => Outcome::Released {
            after: INFRASTRUCTURE_REST,
            error: None,
        },
        // Random, so that a newer worker gets its turn at it.
        JobError::Unreadable(error) => Outcome::Released {
            after: UNREADABLE_REST.mul_f64(0.5 + jitter),
            error: Some(fault(&error)),
        },
        JobError::PutOff { after, service } => Outcome::Released {
            after,
            error: Some(JobFault {
                public: "an outside service takes no more requests for now".to_owned(),
                detail: format!("{service} takes no more requests for now"),
            }),
        },
        JobError::Retry(error) if error.is_infrastructure() => Outcome::Released {
            after: INFRASTRUCTURE_REST,
            error: Some(fault(&error)),
        },
        JobError::Retry(error) => retry(backoff.delay(attempt.unsigned_abs(), jitter), &error),
        JobError::RetryAfter(after, error) => retry(after, &error),
        JobError::Discard(error) => Outcome::Dead {
            error: fault(&error),
        },
    })
}

fn fault(error: &Error) -> JobFault {
    JobFault {
        public: error.to_string(),
        detail: error.chain(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decide_first(result: Result<Value, JobError>, stop: Option<StopReason>) -> Option<Outcome> {
        decide(result, stop, 1, 3, None, 0.5)
    }

    #[test]
    fn success_is_success_even_when_it_was_to_stop() {
        let outcome = decide_first(Ok(json!({"n": 1})), Some(StopReason::Shutdown));
        assert_eq!(outcome, Some(Outcome::Succeeded(json!({"n": 1}))));
    }

    #[test]
    fn a_fault_of_ours_is_tried_again_and_its_cause_is_for_the_operator_only() {
        let outcome = decide_first(Err(JobError::Retry(Error::internal("secret cause"))), None);
        let Some(Outcome::Retry { after, error }) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(after, Duration::from_secs(2));
        assert_eq!(error.public, "internal error");
        assert_eq!(error.detail, "internal error: secret cause");
    }

    #[test]
    fn the_last_attempt_ends_dead() {
        let result = Err(JobError::Retry(Error::internal("again")));
        assert!(matches!(
            decide(result, None, 3, 3, None, 0.5),
            Some(Outcome::Dead { .. })
        ));
    }

    #[test]
    fn a_database_that_is_away_costs_no_attempt() {
        let result = Err(JobError::Retry(Error::unavailable("connection refused")));
        assert!(matches!(
            decide(result, None, 3, 3, None, 0.5),
            Some(Outcome::Released { .. })
        ));
    }

    #[test]
    fn a_job_that_is_put_off_by_a_service_costs_no_attempt() {
        let after = Duration::from_secs(7);
        let service = "sendgrid".to_owned();
        let result = Err(JobError::PutOff { after, service });
        let outcome = decide(result, None, 3, 3, None, 0.5);
        let Some(Outcome::Released { after, error }) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(after, Duration::from_secs(7));
        assert!(error.unwrap().detail.contains("sendgrid"));
    }

    #[test]
    fn a_lost_lease_writes_nothing() {
        assert_eq!(decide_first(Err(JobError::LeaseLost), None), None);
        assert_eq!(
            decide_first(Err(JobError::Stopped), Some(StopReason::LeaseLost)),
            None
        );
    }

    #[test]
    fn what_was_called_off_is_cancelled_and_what_was_shut_down_is_handed_back() {
        let stopped = || Err(JobError::Stopped);
        assert_eq!(
            decide_first(stopped(), Some(StopReason::Cancelled)),
            Some(Outcome::Cancelled)
        );
        let back = Outcome::Released {
            after: Duration::ZERO,
            error: None,
        };
        assert_eq!(
            decide_first(stopped(), Some(StopReason::Shutdown)),
            Some(back)
        );
    }

    #[test]
    fn what_cannot_succeed_is_dead_at_once() {
        let result = Err(JobError::from(Error::invalid("file", "has no header")));
        assert!(matches!(
            decide_first(result, None),
            Some(Outcome::Dead { .. })
        ));
    }
}
