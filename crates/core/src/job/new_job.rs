use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Job, JobTerms};
use crate::id::{AccountId, BatchId, JobId};

/// A job that is about to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// Whose job it is.
    pub account_id: AccountId,
    /// Its id, known before it is written, so that other rows of the transaction can name it.
    pub id: JobId,
    /// The terms of its kind.
    pub terms: JobTerms,
    /// The arguments.
    pub args: Value,
    /// What makes it the same as another live one.
    pub unique_key: Option<String>,
    /// Not before this time (database clock); at once when `None`.
    pub run_at: Option<DateTime<Utc>>,
    /// The W3C trace context of the request that asked for it.
    pub traceparent: Option<String>,
    /// The outside service that it speaks to.
    pub service: Option<String>,
    /// The batch that it belongs to.
    pub batch_id: Option<BatchId>,
    /// What follows when it has succeeded.
    pub next: Option<Box<Self>>,
}

impl NewJob {
    /// Prepares `job` for `account_id`, to run at once.
    ///
    /// # Errors
    /// When the arguments cannot be written as JSON.
    pub fn new<J: Job>(account_id: AccountId, job: &J) -> crate::Result<Self> {
        Ok(Self {
            account_id,
            id: JobId::new(),
            terms: JobTerms::of::<J>(),
            args: serde_json::to_value(job).map_err(crate::Error::internal)?,
            unique_key: job.unique_key(),
            run_at: None,
            traceparent: None,
            service: job.service(),
            batch_id: None,
            next: None,
        })
    }

    /// Makes it wait until `at`.
    #[must_use]
    pub fn at(mut self, at: DateTime<Utc>) -> Self {
        self.run_at = Some(at);
        self
    }

    /// Ties it to the trace of a request.
    #[must_use]
    pub fn traced(mut self, traceparent: Option<String>) -> Self {
        self.traceparent = traceparent;
        self
    }

    /// Names the outside service that it speaks to, in place of the one of its kind.
    #[must_use]
    pub fn through(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Makes it one of a batch, which must be open.
    #[must_use]
    pub fn in_batch(mut self, batch_id: BatchId) -> Self {
        self.batch_id = Some(batch_id);
        self
    }

    /// Adds a last step: `next` is written when everything before it has succeeded, for the same account.
    ///
    /// A step has no unique key: an equal job that happens to be live must not swallow the rest of the chain.
    #[must_use]
    pub fn then(mut self, next: Self) -> Self {
        let mut end = &mut self.next;
        while let Some(step) = end {
            end = &mut step.next;
        }
        *end = Some(Box::new(Self {
            unique_key: None,
            ..next
        }));
        self
    }

    /// Returns it as the value that is kept until it is written: in the row of the job before it, or in its batch.
    #[must_use]
    pub fn as_kept(&self) -> Value {
        serde_json::json!({
            "id": self.id,
            "kind": self.terms.name,
            "queue": self.terms.queue.name(),
            "priority": self.terms.priority.as_i16(),
            "args": self.args,
            "max_attempts": i16::try_from(self.terms.max_attempts).unwrap_or(i16::MAX),
            "timeout_ms": i32::try_from(self.terms.timeout.as_millis()).unwrap_or(i32::MAX),
            "run_at": self.run_at,
            "traceparent": self.traceparent,
            "service": self.service,
            "next_job": self.next.as_deref().map(Self::as_kept),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::job::Queue;

    #[derive(Serialize, Deserialize)]
    struct Step(u8);

    impl Job for Step {
        const NAME: &'static str = "step";
        const QUEUE: Queue = Queue::Reports;
        const TIMEOUT: Duration = Duration::from_secs(1);

        fn unique_key(&self) -> Option<String> {
            Some(self.0.to_string())
        }
    }

    #[test]
    fn steps_of_a_chain_follow_in_the_order_in_which_they_were_added() {
        let step = |number| NewJob::new(AccountId::new(), &Step(number)).unwrap();
        let chain = step(1).then(step(2).then(step(3))).then(step(4));
        let mut numbers = vec![chain.args.clone()];
        let mut rest = chain.as_kept()["next_job"].clone();
        while !rest.is_null() {
            assert!(rest["unique_key"].is_null());
            numbers.push(rest["args"].clone());
            rest = rest["next_job"].clone();
        }
        assert_eq!(numbers, [1, 2, 3, 4]);
        assert_eq!(chain.unique_key.as_deref(), Some("1"));
    }
}
