use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection, PubSub},
};
use secrecy::ExposeSecret;
use suite_core::{Error, Result, config::RedisConfig};

/// Opens connections to Redis. Nothing here fails when Redis is away: only the commands do.
#[derive(Clone)]
pub(crate) struct RedisClient {
    client: Client,
    manager: ConnectionManagerConfig,
    shared: Arc<RwLock<ConnectionManager>>,
    timeout: Duration,
}

/// How long a blocking pop waits; the answer of the server may take a little longer than that.
pub(crate) const BLOCK: Duration = Duration::from_secs(1);
/// How often the shared connection is asked for a sign of life.
const LOOK: Duration = Duration::from_secs(1);

impl RedisClient {
    pub(crate) fn new(config: &RedisConfig) -> Result<Self> {
        let client = Client::open(config.url.expose_secret())
            // The URL may hold a password: nothing of it may be repeated.
            .map_err(|_| Error::internal("REDIS_URL cannot be read"))?;
        let timeout = config.command_timeout();
        let manager = ConnectionManagerConfig::new()
            .set_response_timeout(Some(timeout))
            .set_connection_timeout(Some(timeout.max(Duration::from_millis(500))))
            // The callers have their own patience; the manager reconnects at the next command.
            .set_number_of_retries(0);
        let shared = ConnectionManager::new_lazy_with_config(client.clone(), manager.clone())
            .map_err(Error::unavailable)?;
        Ok(Self {
            client,
            manager,
            shared: Arc::new(RwLock::new(shared)),
            timeout,
        })
    }

    /// Returns the client of the cache: its own, or this one where both share a server.
    pub(crate) fn for_cache(&self, config: &RedisConfig) -> Result<Self> {
        if config.cache_url.expose_secret().is_empty() {
            return Ok(self.clone());
        }
        let of_cache = RedisConfig {
            url: config.cache_url.clone(),
            ..config.clone()
        };
        Self::new(&of_cache).map_err(|_| Error::internal("REDIS_CACHE_URL cannot be read"))
    }

    /// The connection for short commands: shared, reconnecting, with a time-out on each answer. Ask for it at each use.
    pub(crate) fn shared(&self) -> ConnectionManager {
        self.shared
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Makes the shared connection anew whenever it gives no sign of life: the manager takes a time-out for slowness and
    /// stays for ever with a connection whose other end has vanished without a word.
    pub(crate) async fn keep_alive(self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let pong: RedisResult<String> =
                redis::cmd("PING").query_async(&mut self.shared()).await;
            if let Err(error) = pong
                && error.is_timeout()
                && let Ok(new) = ConnectionManager::new_lazy_with_config(
                    self.client.clone(),
                    self.manager.clone(),
                )
            {
                *self.shared.write().unwrap_or_else(PoisonError::into_inner) = new;
            }
        }
    }

    /// A connection of its own for commands that block up to [`BLOCK`].
    pub(crate) async fn blocking(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_response_timeout(Some(BLOCK + self.timeout.max(Duration::from_millis(500))));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    /// A connection of its own for listening.
    pub(crate) async fn pubsub(&self) -> RedisResult<PubSub> {
        self.client.get_async_pubsub().await
    }
}
