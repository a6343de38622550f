use std::{
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use anyhow::Result;
use redis::AsyncCommands;
use serde::{Deserialize, Serialize};

/// What a job of the duel carries; an ordinary one carries its number only.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Load {
    pub number: u64,
    /// Takes this long, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hold_ms: u64,
    /// When it was added, in microseconds since 1970; then its wait is noted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub added_us: u64,
    /// The Redis list in which its start is noted, for a driver in another process.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mark: String,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A job system as the duel sees it.
pub trait Rival: Send {
    fn add(&mut self, load: Load) -> impl Future<Output = Result<()>> + Send;
    fn add_bulk(
        &mut self,
        loads: Vec<Load>,
        due: Option<SystemTime>,
    ) -> impl Future<Output = Result<()>> + Send;
    /// Starts a worker in this process; it lives as long as the process.
    fn work(
        &mut self,
        concurrency: usize,
        seen: Arc<Seen>,
    ) -> impl Future<Output = Result<()>> + Send;
    /// Counts what waits or runs.
    fn unfinished(&mut self) -> impl Future<Output = Result<u64>> + Send;
}

/// What the handlers of this process have seen.
#[derive(Default)]
pub struct Seen {
    pub started: AtomicU64,
    pub first_us: AtomicU64,
    pub last_us: AtomicU64,
    pub waits_us: Mutex<Vec<i64>>,
    pub redis: Mutex<Option<redis::aio::MultiplexedConnection>>,
}

impl Seen {
    /// The handler of every rival.
    pub async fn handle(&self, load: &Load) {
        let now = now_us();
        if load.added_us > 0 {
            let wait = now as i64 - load.added_us as i64;
            self.waits_us.lock().unwrap().push(wait);
        }
        if !load.mark.is_empty() {
            let connection = self.redis.lock().unwrap().clone();
            if let Some(mut connection) = connection {
                let _: Result<i64, _> = connection.rpush(&load.mark, now).await;
            }
        }
        let _ = self.first_us.compare_exchange(0, now, Relaxed, Relaxed);
        self.last_us.fetch_max(now, Relaxed);
        self.started.fetch_add(1, Relaxed);
        if load.hold_ms > 0 {
            tokio::time::sleep(Duration::from_millis(load.hold_ms)).await;
        }
    }
}

pub fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_micros() as u64
}
