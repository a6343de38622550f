use std::time::Duration;

use suite_core::Error;
use suite_db::DbError;

/// How a job fails, and with that what happens next.
#[derive(Debug)]
pub enum JobError {
    /// May succeed another time: the next attempt follows after the kind's backoff.
    Retry(Error),
    /// As [`JobError::Retry`], at a time that an outside service has named.
    RetryAfter(Duration, Error),
    /// Cannot succeed: the job is dead at once, with this reason.
    Discard(Error),
    /// This program cannot read its arguments: a newer one wrote them. The job is left for a newer worker, unharmed.
    Unreadable(Error),
    /// An outside service takes no more requests for now: the job is put off, and the attempt does not count.
    PutOff {
        /// Until then.
        after: Duration,
        /// Which service.
        service: String,
    },
    /// It was asked to stop and did.
    Stopped,
    /// Another worker has the job now; nothing of this attempt counts.
    LeaseLost,
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        match error {
            Error::RateLimited { retry_after } => Self::RetryAfter(retry_after, error),
            _ if error.retryable() => Self::Retry(error),
            _ => Self::Discard(error),
        }
    }
}

impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        Error::from(error).into()
    }
}
