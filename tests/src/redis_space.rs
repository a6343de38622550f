use redis::{AsyncCommands, aio::MultiplexedConnection};
use uuid::Uuid;

use crate::{Servers, aside::run_aside};

/// The Redis keys of one test: all that begin with its prefix. They are deleted with this value.
pub struct RedisSpace {
    url: String,
    prefix: String,
}

impl RedisSpace {
    /// Makes a space of its own on the server of `REDIS_URL`.
    #[must_use]
    pub fn new() -> Self {
        Self::at(Servers::from_environment().redis_url)
    }

    /// Makes a space of its own on another server, which may be away.
    #[must_use]
    pub fn at(url: String) -> Self {
        Self {
            url,
            prefix: format!("test-{}", Uuid::now_v7().simple()),
        }
    }

    /// Returns the server's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns what all keys begin with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Opens a connection.
    pub async fn connect(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.url.as_str()).expect("REDIS_URL must be a URL");
        client
            .get_multiplexed_async_connection()
            .await
            .expect("Redis of REDIS_URL must answer")
    }

    /// Returns the keys that there are, in order.
    pub async fn keys(&self) -> Vec<String> {
        let mut keys = scan(&mut self.connect().await, &self.prefix).await.unwrap();
        keys.sort();
        keys
    }

    /// Deletes all keys at once, as FLUSHALL would on a server of its own.
    pub async fn wipe(&self) {
        wipe(&mut self.connect().await, &self.prefix).await.unwrap();
    }
}

impl Default for RedisSpace {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for RedisSpace {
    fn drop(&mut self) {
        let (url, prefix) = (self.url.clone(), self.prefix.clone());
        run_aside(async move {
            // A test may have ended its server.
            if let Ok(client) = redis::Client::open(url)
                && let Ok(mut connection) = client.get_multiplexed_async_connection().await
            {
                let _ = wipe(&mut connection, &prefix).await;
            }
        });
    }
}

async fn scan(
    connection: &mut MultiplexedConnection,
    prefix: &str,
) -> redis::RedisResult<Vec<String>> {
    let mut found = Vec::new();
    let mut cursor: u64 = 0;
    loop {
        let (next, keys): (u64, Vec<String>) = redis::cmd("SCAN")
            .arg(cursor)
            .arg("MATCH")
            .arg(format!("{prefix}:*"))
            .arg("COUNT")
            .arg(1_000)
            .query_async(connection)
            .await?;
        found.extend(keys);
        cursor = next;
        if cursor == 0 {
            return Ok(found);
        }
    }
}

async fn wipe(connection: &mut MultiplexedConnection, prefix: &str) -> redis::RedisResult<()> {
    let keys = scan(connection, prefix).await?;
    if keys.is_empty() {
        return Ok(());
    }
    connection.del(keys).await
}
