use std::time::Duration;

use suite_core::job_limits::ServiceRate;

/// The state of one bucket, in time since the process began: what the script keeps in Redis, kept here while that is away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cell {
    full_at: Duration,
    closed_until: Duration,
}

impl Cell {
    /// Reserves `wanted` requests and returns how long to wait for them; or, when that is longer than `patience`, how long
    /// it would be. No request at all only asks whether the service is open.
    pub(super) fn take(
        &mut self,
        rate: Option<ServiceRate>,
        wanted: u32,
        now: Duration,
        patience: Duration,
    ) -> Result<Duration, Duration> {
        let interval = rate.map_or(Duration::ZERO, ServiceRate::interval);
        let burst = interval * rate.map_or(1, |rate| rate.burst);
        let after = self.full_at.max(self.closed_until).max(now) + interval * wanted;
        let mut start = self.closed_until.max(now);
        if wanted > 0 {
            start = start.max(after.saturating_sub(burst));
        }
        let wait = start - now;
        if wait > patience {
            return Err(wait);
        }
        if wanted > 0 {
            self.full_at = after;
        }
        Ok(wait)
    }

    pub(super) fn close(&mut self, until: Duration) {
        self.closed_until = self.closed_until.max(until);
    }

    /// Tells whether it is as if it had never been used.
    pub(super) fn is_idle(self, now: Duration) -> bool {
        self.full_at <= now && self.closed_until <= now
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn rates() -> impl Strategy<Value = ServiceRate> {
        (1..50u32, 1..20u64, 1..10u32).prop_map(|(requests, seconds, burst)| ServiceRate {
            requests,
            window: Duration::from_secs(seconds),
            burst,
        })
    }

    proptest! {
        #[test]
        fn in_no_span_of_time_start_more_requests_than_the_burst_and_what_the_rate_allows(
            rate in rates(),
            takes in vec((0..3_000u64, 1..4u32, 0..5_000u64), 1..60),
        ) {
            let (mut cell, mut now, mut starts) = (Cell::default(), Duration::ZERO, Vec::new());
            for (pause, wanted, patience) in takes {
                now += Duration::from_millis(pause);
                let patience = Duration::from_millis(patience);
                match cell.take(Some(rate), wanted, now, patience) {
                    Ok(wait) => {
                        prop_assert!(wait <= patience);
                        starts.push((now + wait, wanted));
                    }
                    Err(wait) => prop_assert!(wait > patience),
                }
            }
            for (index, (first, most)) in starts.iter().enumerate() {
                let (mut sum, mut largest) = (0, *most);
                for (start, wanted) in &starts[index..] {
                    sum += wanted;
                    largest = largest.max(*wanted);
                    let allowed = rate.burst.max(largest) as f64
                        + (*start - *first).as_secs_f64() / rate.interval().as_secs_f64();
                    prop_assert!(f64::from(sum) <= allowed + 0.001, "{sum} of {allowed}");
                }
            }
        }

        #[test]
        fn nothing_starts_while_a_service_is_closed(
            rate in rates(),
            closed_ms in 1..10_000u64,
            takes in vec((0..2_000u64, 0..4u32), 1..40),
        ) {
            let (mut cell, mut now) = (Cell::default(), Duration::ZERO);
            let until = Duration::from_millis(closed_ms);
            cell.close(until);
            cell.close(until / 2);
            for (pause, wanted) in takes {
                now += Duration::from_millis(pause);
                let wait = cell.take(Some(rate), wanted, now, Duration::MAX);
                prop_assert!(now + wait.unwrap() >= until);
            }
        }
    }

    #[test]
    fn a_service_without_a_rate_is_free_until_it_is_closed() {
        let (mut cell, second) = (Cell::default(), Duration::from_secs(1));
        assert_eq!(
            cell.take(None, 1_000, second, Duration::ZERO),
            Ok(Duration::ZERO)
        );
        assert!(cell.is_idle(second));
        cell.close(second * 3);
        assert_eq!(cell.take(None, 1, second, second), Err(second * 2));
        assert_eq!(cell.take(None, 1, second * 3, second), Ok(Duration::ZERO));
    }
}
