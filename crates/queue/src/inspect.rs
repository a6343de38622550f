//! What Redis says of itself, for `suitectl doctor`. Asks only what managed services allow: no `CONFIG`.

use chrono::{DateTime, Utc};
use redis::{AsyncConnectionConfig, Client, InfoDict};
use secrecy::ExposeSecret;
use suite_core::{Error, Result, config::RedisConfig};

/// The server as an operator needs to know it.
#[derive(Debug, Clone)]
pub struct RedisFacts {
    /// The server's version, such as `7.0.15`.
    pub version: String,
    /// What it does when its memory is full; only `noeviction` keeps every id.
    pub eviction_policy: String,
    /// Bytes in use.
    pub used_bytes: u64,
    /// Bytes it may use; 0 when nothing limits it.
    pub limit_bytes: u64,
    /// Whether it logs every write.
    pub appends: bool,
    /// Whether its last write to disk went well.
    pub is_saved: bool,
    /// Whether it takes writes: `master`, or `slave` of one.
    pub role: String,
    /// Its clock.
    pub now: DateTime<Utc>,
}

/// Asks the server once, on a connection of its own.
///
/// # Errors
/// When no address is set, or the server is away or does not answer in time.
pub async fn inspect(config: &RedisConfig) -> Result<RedisFacts> {
    let url = config.url.expose_secret();
    if url.is_empty() {
        return Err(Error::unavailable("REDIS_URL is not set"));
    }
    // The driver repeats no password in its errors.
    let client = Client::open(url).map_err(Error::unavailable)?;
    let limits = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(config.command_timeout() * 4))
        .set_response_timeout(Some(config.command_timeout() * 4));
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&limits)
        .await
        .map_err(Error::unavailable)?;
    let (info, (seconds, microseconds)): (InfoDict, (i64, u32)) = redis::pipe()
        .cmd("INFO")
        .cmd("TIME")
        .query_async(&mut connection)
        .await
        .map_err(Error::unavailable)?;
    let text = |key: &str| info.get::<String>(key).unwrap_or_default();
    let number = |key: &str| info.get::<u64>(key).unwrap_or_default();
    Ok(RedisFacts {
        version: text("redis_version"),
        eviction_policy: text("maxmemory_policy"),
        used_bytes: number("used_memory"),
        limit_bytes: number("maxmemory"),
        appends: number("aof_enabled") == 1,
        is_saved: text("rdb_last_bgsave_status") == "ok" && text("aof_last_write_status") == "ok",
        role: text("role"),
        now: DateTime::from_timestamp(seconds, microseconds.saturating_mul(1_000))
            .unwrap_or_default(),
    })
}
