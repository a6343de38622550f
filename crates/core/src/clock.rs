//! The one place that asks what time it is, so that tests can say what time it is.
//!
//! Leases, delays and cron ticks go by the database's clock instead: it is the only one that all processes share.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Tells the time: the system's, or one that a test sets and moves.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Stands still until [`Clock::advance`] moves it; clones share the time.
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// Makes a clock that stands still at `at`.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(Mutex::new(at)))
    }

    /// Returns the present time.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the place the rule points to"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now(),
            Self::Fixed(time) => *time.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a fixed clock by `by`; the system's clock takes no orders.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Fixed(time) = self {
            *time.lock().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_fixed_clock_move_together() {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH);
        let other = clock.clone();
        clock.advance(TimeDelta::days(3));
        assert_eq!(other.now(), DateTime::UNIX_EPOCH + TimeDelta::days(3));
    }
}
