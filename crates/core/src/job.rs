//! The contract of a job: what a kind of work is called, where it runs, and how often it is tried.
//!
//! A *job* is one row of `jobs`; a *kind* is its wire name; an *attempt* is one start of it.

mod new_job;

pub use new_job::NewJob;

use std::{fmt, str::FromStr, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

use crate::id::{AccountId, JobId};

/// Where jobs wait; each queue is served by worker processes of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// Imports, stock, store synchronisation.
    Inventory,
    /// Reports and analyses.
    Reports,
    /// Mail.
    Email,
    /// The operator's own work: scans, backups, clean-up.
    Maintenance,
}

impl Queue {
    /// All queues, in the order in which they are listed.
    pub const ALL: [Self; 4] = [
        Self::Inventory,
        Self::Reports,
        Self::Email,
        Self::Maintenance,
    ];

    /// Returns the name on the wire and the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inventory => "inventory",
            Self::Reports => "reports",
            Self::Email => "email",
            Self::Maintenance => "maintenance",
        }
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The text is no queue's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown queue {0:?}: inventory, reports, email and maintenance exist")]
pub struct UnknownQueue(pub String);

impl FromStr for Queue {
    type Err = UnknownQueue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|queue| queue.name() == text)
            .ok_or_else(|| UnknownQueue(text.to_owned()))
    }
}

/// Orders jobs within one account; between accounts the turn decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Priority {
    /// Somebody waits for it.
    High = 0,
    /// The usual.
    #[default]
    Normal = 1,
    /// Can wait; it still ages and is not starved.
    Low = 2,
}

impl Priority {
    /// All priorities, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// Returns the number kept in the row.
    #[must_use]
    pub const fn as_i16(self) -> i16 {
        self as i16
    }
}

impl From<i16> for Priority {
    fn from(number: i16) -> Self {
        match number {
            ..=0 => Self::High,
            1 => Self::Normal,
            2.. => Self::Low,
        }
    }
}

/// The life of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waits for a worker.
    Queued,
    /// Waits for its time.
    Scheduled,
    /// A worker has it.
    Running,
    /// Failed, and waits for its next attempt.
    Retrying,
    /// Done.
    Succeeded,
    /// Failed for good; kept, and can be retried by hand.
    Dead,
    /// Called off.
    Cancelled,
}

impl JobState {
    /// All states, in the order of a job's life.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Scheduled,
        Self::Running,
        Self::Retrying,
        Self::Succeeded,
        Self::Dead,
        Self::Cancelled,
    ];

    /// Returns the word in rows, answers and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Succeeded => "succeeded",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// Tells whether nothing will happen any more by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Dead | Self::Cancelled)
    }
}

impl FromStr for JobState {
    type Err = UnknownJobState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| UnknownJobState(text.to_owned()))
    }
}

/// The text is no state of a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown job state {0:?}")]
pub struct UnknownJobState(pub String);

/// How long to wait after a failed attempt: doubling from `first` up to `longest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure.
    pub first: Duration,
    /// No wait is longer.
    pub longest: Duration,
}

impl Backoff {
    /// Two seconds, four, eight … up to ten minutes.
    pub const DEFAULT: Self = Self {
        first: Duration::from_secs(2),
        longest: Duration::from_secs(600),
    };

    /// Returns the wait after failed attempt number `attempt` (1 is the first).
    ///
    /// `jitter` in 0..=1 spreads it over 75 to 125 %, so that jobs that failed together do not come back together.
    #[must_use]
    pub fn delay(&self, attempt: u16, jitter: f64) -> Duration {
        let doublings = u32::from(attempt.saturating_sub(1)).min(30);
        let plain = self.first.saturating_mul(1 << doublings).min(self.longest);
        plain.mul_f64(0.75 + jitter.clamp(0.0, 1.0) / 2.0)
    }
}

/// One kind of background work: the type is its arguments, the constants its terms.
///
/// Arguments carry ids, never addresses or data: the row is kept, logged and shown. New fields need
/// `#[serde(default)]`; a change that old payloads do not survive is a new kind.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The wire name, equal to the file's name. Never renamed.
    const NAME: &'static str;
    /// Where it waits.
    const QUEUE: Queue;
    /// How often it is started at most.
    const MAX_ATTEMPTS: u16 = 10;
    /// How long one attempt may take.
    const TIMEOUT: Duration;
    /// How long to wait between attempts.
    const BACKOFF: Backoff = Backoff::DEFAULT;
    /// How urgent it is within its account.
    const PRIORITY: Priority = Priority::Normal;

    /// Returns what makes two live jobs of this kind the same within an account.
    fn unique_key(&self) -> Option<String> {
        None
    }

    /// Returns the outside service that it speaks to, such as `sendgrid` or `shopify:<store>`: its limit holds the job.
    fn service(&self) -> Option<String> {
        None
    }
}

/// The terms of a kind, for code that knows it only by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobTerms {
    /// The wire name.
    pub name: &'static str,
    /// Where it waits.
    pub queue: Queue,
    /// How often it is started at most.
    pub max_attempts: u16,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How long to wait between attempts.
    pub backoff: Backoff,
    /// How urgent it is within its account.
    pub priority: Priority,
}

impl JobTerms {
    /// Returns the terms of `J`.
    #[must_use]
    pub const fn of<J: Job>() -> Self {
        Self {
            name: J::NAME,
            queue: J::QUEUE,
            max_attempts: J::MAX_ATTEMPTS,
            timeout: J::TIMEOUT,
            backoff: J::BACKOFF,
            priority: J::PRIORITY,
        }
    }
}

/// A written job, as far as handing it out needs to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JobRef {
    /// Whose job it is.
    pub account_id: AccountId,
    /// Which one.
    pub id: JobId,
    /// Where it waits.
    pub queue: Queue,
    /// How urgent it is.
    pub priority: Priority,
}

/// How often a worker may die with a job before the job is buried.
pub const CRASHES_TO_BURY: i16 = 3;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<u64> = (1..=11)
            .map(|attempt| Backoff::DEFAULT.delay(attempt, 0.5).as_secs())
            .collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
    }

    proptest! {
        #[test]
        fn no_wait_is_shorter_than_three_quarters_or_longer_than_five_quarters(attempt in 1u16.., jitter in 0.0f64..=1.0) {
            let wait = Backoff::DEFAULT.delay(attempt, jitter);
            prop_assert!(wait >= Duration::from_millis(1_500));
            prop_assert!(wait <= Duration::from_secs(750));
        }
    }

    #[test]
    fn names_of_queues_and_states_read_back() {
        for queue in Queue::ALL {
            assert_eq!(queue.name().parse(), Ok(queue));
        }
        for state in JobState::ALL {
            assert_eq!(state.name().parse(), Ok(state));
        }
    }
}
