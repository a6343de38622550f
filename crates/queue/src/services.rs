//! Token buckets for outside services, shared by all workers: one number a service in Redis, by one script.
//!
//! A caller who may come within its patience has its turn from then on and only has to wait for it, so that nobody asks
//! again and again and nobody overtakes. A turn that is not used (the job was called off meanwhile) is lost. When a service
//! says that it has had enough, its bucket is closed for the whole fleet.
//!
//! While Redis is away each process has a bucket of its own with [`STRICTER`] times less in it; what it was told of closed
//! services it remembers.

mod cell;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use redis::{RedisResult, Script};
use suite_core::{
    config::JobsConfig,
    job_limits::{ServiceRate, ServiceRates},
};

use self::cell::Cell;
use crate::{Keys, breaker::Breaker, redis_client::RedisClient};

/// Several processes hold buckets of their own at the same time, so each lets only this part through.
const STRICTER: u32 = 4;
/// More buckets than this are swept before another one is made.
const BUCKETS: usize = 10_000;

/// The buckets of all outside services. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    redis: RedisClient,
    keys: Keys,
    breaker: Breaker,
    take: Script,
    close: Script,
    rates: Arc<ServiceRates>,
    patience: Duration,
    local: Arc<LocalBuckets>,
}

struct LocalBuckets {
    began: Instant,
    cells: Mutex<HashMap<String, Cell>>,
}

impl Services {
    pub(crate) fn new(
        redis: RedisClient,
        keys: Keys,
        breaker: Breaker,
        config: &JobsConfig,
    ) -> Self {
        Self {
            redis,
            keys,
            breaker,
            take: Script::new(include_str!("services/take.lua")),
            close: Script::new(include_str!("services/close.lua")),
            rates: Arc::new(config.rates()),
            patience: config.service_wait(),
            local: Arc::new(LocalBuckets {
                began: Instant::now(),
                cells: Mutex::default(),
            }),
        }
    }

    /// Reserves requests to a service, and returns how long to wait before they may be made.
    ///
    /// # Errors
    /// How long it would be, when that is longer than a job waits; then nothing is reserved.
    pub async fn take(&self, service: &str, requests: u32) -> Result<Duration, Duration> {
        let rate = self.rates.of(service);
        match self.take_shared(service, rate, requests).await {
            Some(turn) => turn,
            None => self.local(service, |cell, now| {
                let rate = rate.map(|rate| ServiceRate {
                    window: rate.window * STRICTER,
                    burst: (rate.burst / STRICTER).max(1),
                    ..rate
                });
                cell.take(rate, requests, now, self.patience)
            }),
        }
    }

    /// Closes a service for the whole fleet: it has said when it will take requests again.
    pub async fn close(&self, service: &str, time: Duration) {
        self.local(service, |cell, now| cell.close(now + time));
        let mut call = self.close.prepare_invoke();
        call.key(self.keys.service(service)).arg(micros(time));
        let mut connection = self.redis.shared();
        let closed: RedisResult<u8> = call.invoke_async(&mut connection).await;
        if let Err(error) = closed {
            self.breaker.failed();
            tracing::warn!(%error, service, "only this process knows that the service is closed");
        }
    }

    async fn take_shared(
        &self,
        service: &str,
        rate: Option<ServiceRate>,
        requests: u32,
    ) -> Option<Result<Duration, Duration>> {
        if !self.breaker.is_closed() {
            return None;
        }
        let mut call = self.take.prepare_invoke();
        call.key(self.keys.service(service))
            .arg(micros(rate.map_or(Duration::ZERO, ServiceRate::interval)))
            .arg(rate.map_or(1, |rate| rate.burst))
            .arg(requests)
            .arg(micros(self.patience));
        let mut connection = self.redis.shared();
        match call.invoke_async::<(u8, u64)>(&mut connection).await {
            Ok((granted, wait)) => {
                self.breaker.succeeded();
                let wait = Duration::from_micros(wait);
                Some(if granted == 1 { Ok(wait) } else { Err(wait) })
            }
            Err(error) => {
                self.breaker.failed();
                tracing::warn!(%error, service, "Redis has no turn to give; a stricter bucket of this process holds");
                None
            }
        }
    }

    fn local<T>(&self, service: &str, act: impl FnOnce(&mut Cell, Duration) -> T) -> T {
        let now = self.local.began.elapsed();
        let cells = self.local.cells.lock();
        let mut cells = cells.unwrap_or_else(PoisonError::into_inner);
        if cells.len() >= BUCKETS {
            cells.retain(|_, cell| !cell.is_idle(now));
        }
        act(cells.entry(service.to_owned()).or_default(), now)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
