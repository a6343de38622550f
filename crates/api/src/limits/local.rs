use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use suite_queue::{Limit, Verdict};

/// Several processes hold their own limits at the same time, so each lets only this part through.
const STRICTER: u32 = 4;
/// More subjects than this are swept before another one is taken in, so that a flood of addresses takes no memory.
const SUBJECTS: usize = 10_000;

/// The same algorithm as in Redis (GCRA), in this process: a subject's bucket is full again at the time kept for it.
#[derive(Default)]
pub(super) struct LocalLimiter {
    full_at: Mutex<HashMap<(&'static str, String), Instant>>,
}

impl LocalLimiter {
    pub(super) fn check(&self, limit: Limit, subject: &str) -> Verdict {
        self.check_at(limit, subject, Instant::now())
    }

    fn check_at(&self, limit: Limit, subject: &str, now: Instant) -> Verdict {
        let interval = limit.window / (limit.requests / STRICTER).max(1);
        let burst = (limit.burst / STRICTER).max(1);
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= SUBJECTS {
            full_at.retain(|_, at| *at > now);
            if full_at.len() >= SUBJECTS {
                // Whoever floods us with subjects gets everybody's buckets emptied, not filled.
                return refused(interval, interval);
            }
        }
        let at = full_at
            .entry((limit.name, subject.to_owned()))
            .or_insert(now);
        let filled = (*at).max(now) + interval;
        let debt = filled - now;
        let most = interval * burst;
        if debt > most {
            return refused(debt - most, debt - interval);
        }
        *at = filled;
        Verdict {
            allowed: true,
            remaining: u32::try_from((most - debt).as_nanos() / interval.as_nanos().max(1))
                .unwrap_or(u32::MAX),
            retry_after: Duration::ZERO,
            reset_after: debt,
        }
    }
}

fn refused(retry_after: Duration, reset_after: Duration) -> Verdict {
    Verdict {
        allowed: false,
        remaining: 0,
        retry_after,
        reset_after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        name: "test",
        requests: 240,
        window: Duration::from_secs(60),
        burst: 12,
    };

    #[test]
    fn a_quarter_of_the_limit_holds_and_time_frees_it_again() {
        let (limiter, start) = (LocalLimiter::default(), Instant::now());
        for left in [2, 1, 0] {
            let verdict = limiter.check_at(LIMIT, "a", start);
            assert!(verdict.allowed);
            assert_eq!(verdict.remaining, left);
        }
        let verdict = limiter.check_at(LIMIT, "a", start);
        assert!(!verdict.allowed);
        assert_eq!(verdict.retry_after, Duration::from_secs(1));
        assert!(limiter.check_at(LIMIT, "b", start).allowed);
        let later = start + verdict.retry_after;
        assert!(limiter.check_at(LIMIT, "a", later).allowed);
        assert!(!limiter.check_at(LIMIT, "a", later).allowed);
    }

    #[test]
    fn a_flood_of_subjects_is_refused_and_forgotten() {
        let (limiter, start) = (LocalLimiter::default(), Instant::now());
        for subject in 0..SUBJECTS {
            assert!(limiter.check_at(LIMIT, &subject.to_string(), start).allowed);
        }
        assert!(!limiter.check_at(LIMIT, "one more", start).allowed);
        let later = start + Duration::from_secs(2);
        assert!(limiter.check_at(LIMIT, "one more", later).allowed);
        assert_eq!(limiter.full_at.lock().unwrap().len(), 1);
    }
}
