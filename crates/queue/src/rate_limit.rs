use std::time::Duration;

use redis::Script;

use crate::{Keys, breaker::Breaker, redis_client::RedisClient};

/// How many requests a subject may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Names the limit in keys and headers, such as `account`.
    pub name: &'static str,
    /// Requests in a `window`, spread evenly.
    pub requests: u32,
    /// The time in which they may be made.
    pub window: Duration,
    /// How many may come at once.
    pub burst: u32,
}

/// What a limit says to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the request may go on.
    pub allowed: bool,
    /// How many more may come at once.
    pub remaining: u32,
    /// When to come again, if not.
    pub retry_after: Duration,
    /// When the whole burst is free again.
    pub reset_after: Duration,
}

/// Limits that all processes share and that survive their restarts, by the generic cell rate algorithm (GCRA, ITU-T I.371):
/// one number a subject, the time at which its bucket will be full again.
#[derive(Clone)]
pub struct RateLimiter {
    redis: RedisClient,
    keys: Keys,
    breaker: Breaker,
    script: Script,
}

impl RateLimiter {
    pub(crate) fn new(redis: RedisClient, keys: Keys, breaker: Breaker) -> Self {
        Self {
            redis,
            keys,
            breaker,
            script: Script::new(include_str!("rate_limit/gcra.lua")),
        }
    }

    /// Counts one request of `subject` and judges it. Returns `None` when Redis is away: the caller then applies a
    /// stricter limit of its own.
    pub async fn check(&self, limit: Limit, subject: &str) -> Option<Verdict> {
        if !self.breaker.is_closed() {
            return None;
        }
        let interval_us = limit.window.as_micros() / u128::from(limit.requests.max(1));
        let mut call = self.script.prepare_invoke();
        call.key(self.keys.rate_limit(limit.name, subject));
        call.arg(u64::try_from(interval_us).unwrap_or(u64::MAX))
            .arg(limit.burst);
        let mut connection = self.redis.shared();
        match call
            .invoke_async::<(u8, u32, u64, u64)>(&mut connection)
            .await
        {
            Ok((allowed, remaining, retry_us, reset_us)) => {
                self.breaker.succeeded();
                Some(Verdict {
                    allowed: allowed == 1,
                    remaining,
                    retry_after: Duration::from_micros(retry_us),
                    reset_after: Duration::from_micros(reset_us),
                })
            }
            Err(error) => {
                self.breaker.failed();
                tracing::warn!(%error, "Redis did not judge a rate limit; a local one holds");
                None
            }
        }
    }
}
