use redis::RedisResult;
use secrecy::ExposeSecret;
use suite_core::{
    Result,
    config::{CacheConfig, JobsConfig, RedisConfig},
    id::{AccountId, JobId},
    job::{JobRef, Queue},
};
use suite_db::Db;
use tokio::sync::broadcast;

use crate::{
    Cache, JobEvent, Keys, RateLimiter, Ring, Services,
    breaker::Breaker,
    dispatcher::Dispatcher,
    events::{self, Events},
    redis_client::RedisClient,
    ring::End,
    sight::LastSight,
    sink::JobSink,
    supervise::supervise,
};

/// Redis as a process sees it. Clones share the connections; nothing but the answers tells that Redis is away.
#[derive(Clone)]
pub struct Broker {
    pub(crate) redis: RedisClient,
    cache_redis: RedisClient,
    pub(crate) keys: Keys,
    pub(crate) ring: Ring,
    dispatcher: Dispatcher,
    events: Events,
    stops: Events,
    breaker: Breaker,
    pub(crate) last_sight: LastSight,
}

impl Broker {
    /// Prepares the connections and starts the background tasks; must be called inside a runtime.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn new(config: &RedisConfig, db: Db) -> Result<Self> {
        let redis = RedisClient::new(config)?;
        let keys = Keys::new(&config.prefix);
        let ring = Ring::new(keys.clone());
        let (sink_ring, sink_redis) = (ring.clone(), redis.clone());
        let dispatcher = Dispatcher::start(db, move || {
            JobSink::new(sink_ring.clone(), sink_redis.clone())
        });
        let alive = redis.clone();
        supervise("redis", move || alive.clone().keep_alive());
        let cache_redis = redis.for_cache(config)?;
        if !config.cache_url.expose_secret().is_empty() {
            let alive = cache_redis.clone();
            supervise("cache", move || alive.clone().keep_alive());
        }
        let events = Events::new(redis.clone(), keys.events());
        let stops = Events::new(redis.clone(), keys.stops());
        Ok(Self {
            redis,
            cache_redis,
            keys,
            ring,
            dispatcher,
            events,
            stops,
            breaker: Breaker::default(),
            last_sight: LastSight::default(),
        })
    }

    /// Hands committed jobs out. Returns at once and never fails: what Redis does not take, the keeper hands out.
    pub fn dispatch(&self, jobs: &[JobRef]) {
        if !jobs.is_empty() {
            self.dispatcher.dispatch(jobs.to_vec());
        }
    }

    /// Hands committed jobs out and waits until Redis has them: for a program that ends right after.
    ///
    /// # Errors
    /// When Redis is away; then the keeper hands them out.
    pub async fn dispatch_now(&self, jobs: &[JobRef]) -> Result<()> {
        self.ring
            .push(&mut self.redis.shared(), jobs, End::Back)
            .await
            .map_err(suite_core::Error::unavailable)
    }

    /// Announces that a job has changed, to whoever watches it anywhere. Losing an announcement only costs a moment.
    pub fn announce(&self, account_id: AccountId, job_id: JobId) {
        let broker = self.clone();
        tokio::spawn(async move { broker.announce_all(&[(account_id, job_id)]).await });
    }

    /// Announces that a job should stop, to its worker and to whoever watches it: as [`Self::announce`] otherwise.
    pub fn announce_stop(&self, account_id: AccountId, job_id: JobId) {
        let broker = self.clone();
        tokio::spawn(async move {
            let jobs = [(account_id, job_id)];
            broker.publish(&broker.keys.stops(), &jobs).await;
            broker.announce_all(&jobs).await;
        });
    }

    /// Announces many changes and waits until Redis has them.
    pub(crate) async fn announce_all(&self, jobs: &[(AccountId, JobId)]) {
        self.publish(&self.keys.events(), jobs).await;
    }

    async fn publish(&self, channel: &str, jobs: &[(AccountId, JobId)]) {
        if self.breaker.is_closed() {
            match events::publish(&mut self.redis.shared(), channel, jobs).await {
                Ok(()) => self.breaker.succeeded(),
                Err(_) => self.breaker.failed(),
            }
        }
    }

    /// Watches the changes of all jobs from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<JobEvent> {
        self.events.subscribe()
    }

    /// Watches which jobs should stop from now on.
    pub(crate) fn watch_stops(&self) -> broadcast::Receiver<JobEvent> {
        self.stops.subscribe()
    }

    /// Returns the rate limiter, which shares its state with all processes.
    #[must_use]
    pub fn rate_limiter(&self) -> RateLimiter {
        RateLimiter::new(self.redis.clone(), self.keys.clone(), self.breaker.clone())
    }

    /// Returns the cache; all processes share what is in it.
    #[must_use]
    pub fn cache(&self, config: &CacheConfig) -> Cache {
        let redis = self.cache_redis.clone();
        Cache::new(redis, self.keys.clone(), Breaker::default(), config)
    }

    /// Returns the buckets of the outside services, which all processes share.
    #[must_use]
    pub fn services(&self, config: &JobsConfig) -> Services {
        let (redis, keys) = (self.redis.clone(), self.keys.clone());
        Services::new(redis, keys, self.breaker.clone(), config)
    }

    /// Asks Redis for a sign of life.
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn ping(&self) -> Result<()> {
        let mut connection = self.redis.shared();
        let pong: RedisResult<String> = redis::cmd("PING").query_async(&mut connection).await;
        pong.map(|_| ()).map_err(suite_core::Error::unavailable)
    }

    /// Counts the ids that wait in Redis for a queue, by account: for the operator.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn waiting(&self, queue: Queue) -> Result<Vec<(AccountId, u64)>> {
        let accounts = self
            .ring
            .survey(&mut self.redis.shared(), queue)
            .await
            .map_err(suite_core::Error::unavailable)?;
        let depths = accounts.into_iter();
        Ok(depths.map(|one| (one.account_id, one.depth)).collect())
    }

    /// Puts ids back in front: they had been popped and were not claimed.
    pub(crate) async fn return_ids(&self, jobs: &[JobRef]) -> RedisResult<()> {
        self.ring
            .push(&mut self.redis.shared(), jobs, End::Front)
            .await
    }

    /// Asks the keeper, wherever it runs, to look for lost ids.
    pub(crate) async fn request_sweep(&self) -> RedisResult<()> {
        redis::AsyncCommands::set(&mut self.redis.shared(), self.keys.sweep(), 1).await
    }
}
