//! Answers kept in Redis, which survive restarts of the API. Without Redis every answer is made anew, and nothing else changes.
//!
//! Each account has a version for each topic, and an entry's key ends with the version that held when its making began. A write
//! sets a fresh version after its commit, and all entries made before are out of reach; they go when their time is over. What
//! is made while the write commits is kept under the old version and never served.

mod flights;
mod key;

pub use key::{CacheKey, CacheKind, CacheTopic};

use std::{
    collections::BTreeSet,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::{AsyncCommands, RedisResult, Script};
use serde::{Serialize, de::DeserializeOwned};
use suite_core::{config::CacheConfig, id::AccountId};
use uuid::Uuid;

use self::flights::Flights;
use crate::{Keys, breaker::Breaker, redis_client::RedisClient};

/// A version outlives every entry under it; one that is lost sooner costs a miss.
const VERSION_LIFE: Duration = Duration::from_secs(7 * 24 * 3_600);

/// The cache of a process. Clones share it.
#[derive(Clone)]
pub struct Cache {
    redis: RedisClient,
    keys: Keys,
    breaker: Breaker,
    read: Script,
    config: CacheConfig,
    flights: Flights,
    /// What could not be dropped because Redis was away: not served by this process until it is.
    undropped: Arc<Mutex<BTreeSet<(CacheTopic, AccountId)>>>,
}

/// What Redis says about a key.
enum Found {
    /// The text of an answer.
    Entry(String),
    /// None under this version.
    Nothing(String),
}

impl Cache {
    pub(crate) fn new(
        redis: RedisClient,
        keys: Keys,
        breaker: Breaker,
        config: &CacheConfig,
    ) -> Self {
        Self {
            redis,
            keys,
            breaker,
            read: Script::new(include_str!("cache/read.lua")),
            config: config.clone(),
            flights: Flights::default(),
            undropped: Arc::default(),
        }
    }

    /// Returns the kept answer, or makes it and keeps it. Of several callers of a process one makes it.
    ///
    /// # Errors
    /// Those of `make`; Redis never causes one.
    pub async fn get_or_make<T, E>(
        &self,
        key: &CacheKey,
        make: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
    {
        let life = key.kind.life(&self.config);
        if life.is_zero() {
            return make.await;
        }
        let _turn = self.flights.enter(key).await;
        let found = self.find(key).await;
        let version = match found {
            Some(Found::Entry(text)) => match serde_json::from_str(&text) {
                Ok(kept) => {
                    count(key.kind, "hit");
                    return Ok(kept);
                }
                // Written by another version of the program: made anew, and kept no longer than that one's.
                Err(_) => None,
            },
            Some(Found::Nothing(version)) => Some(version),
            None => None,
        };
        count(key.kind, if version.is_some() { "miss" } else { "away" });
        let made = make.await?;
        if let Some(version) = version {
            self.keep(key, &version, &made, life).await;
        }
        Ok(made)
    }

    /// Drops the account's answers that are made of `topic`. Call it after the commit of a write that changes it.
    ///
    /// If Redis is away this process serves none of them until it is back; another one may for the rest of their time.
    pub async fn drop_topic(&self, topic: CacheTopic, account_id: AccountId) {
        if self.renew(topic, account_id).await.is_err() {
            self.undropped().insert((topic, account_id));
        }
    }

    async fn find(&self, key: &CacheKey) -> Option<Found> {
        if !self.breaker.is_closed() {
            return None;
        }
        let owed = (key.kind.topic(), key.account_id);
        if self.undropped().contains(&owed) {
            self.renew(owed.0, owed.1).await.ok()?;
            self.undropped().remove(&owed);
        }
        let mut call = self.read.prepare_invoke();
        call.key(self.keys.cache_version(key.kind.topic(), key.account_id))
            .arg(fresh_version())
            .arg(milliseconds(VERSION_LIFE))
            .arg(self.keys.cache_entries(key));
        let mut connection = self.redis.shared();
        let read: RedisResult<(String, Option<String>)> = call.invoke_async(&mut connection).await;
        let (version, entry) = self.judge(read).ok()?;
        Some(entry.map_or(Found::Nothing(version), Found::Entry))
    }

    async fn keep(&self, key: &CacheKey, version: &str, made: &impl Serialize, life: Duration) {
        let Ok(text) = serde_json::to_string(made) else {
            return;
        };
        let name = format!("{}{version}", self.keys.cache_entries(key));
        let kept: RedisResult<()> = self
            .redis
            .shared()
            .pset_ex(name, text, milliseconds(life))
            .await;
        // An answer that was not kept is made again.
        let _ = self.judge(kept);
    }

    async fn renew(&self, topic: CacheTopic, account_id: AccountId) -> RedisResult<()> {
        let name = self.keys.cache_version(topic, account_id);
        let renewed = self
            .redis
            .shared()
            .pset_ex(name, fresh_version(), milliseconds(VERSION_LIFE))
            .await;
        self.judge(renewed)
    }

    fn judge<T>(&self, result: RedisResult<T>) -> RedisResult<T> {
        match &result {
            Ok(_) => self.breaker.succeeded(),
            Err(_) => self.breaker.failed(),
        }
        result
    }

    fn undropped(&self) -> std::sync::MutexGuard<'_, BTreeSet<(CacheTopic, AccountId)>> {
        self.undropped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn fresh_version() -> String {
    Uuid::now_v7().simple().to_string()
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn count(kind: CacheKind, outcome: &'static str) {
    metrics::counter!("cache_requests_total", "kind" => kind.name(), "outcome" => outcome)
        .increment(1);
}
