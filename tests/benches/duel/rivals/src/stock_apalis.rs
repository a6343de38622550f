use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::{Result, anyhow};
use apalis::prelude::*;
use apalis_redis::{Config, RedisStorage};
use futures::stream;
use redis::AsyncCommands;

use crate::rival::{Load, Rival, Seen};

/// apalis-redis as published, polled each 20 ms: with its defaults an idle worker sleeps for 30 s.
pub struct StockApalis {
    storage: RedisStorage<Load>,
    redis: redis::aio::MultiplexedConnection,
    queue: String,
}

impl StockApalis {
    pub async fn new(url: &str, queue: &str) -> Result<Self> {
        let connection = apalis_redis::connect(url).await?;
        let config = Config::default().queue(queue).batch_size(100);
        Ok(Self {
            storage: RedisStorage::new(connection).with_config(config),
            redis: redis::Client::open(url)?
                .get_multiplexed_async_connection()
                .await?,
            queue: queue.to_owned(),
        })
    }
}

impl Rival for StockApalis {
    async fn add(&mut self, load: Load) -> Result<()> {
        self.storage
            .push(load)
            .await
            .map_err(|error| anyhow!("{error:?}"))
    }

    async fn add_bulk(&mut self, loads: Vec<Load>, due: Option<SystemTime>) -> Result<()> {
        let pushed = match due {
            None => self.storage.push_bulk(loads).await,
            Some(due) => {
                let tasks = loads
                    .into_iter()
                    .map(|load| TaskBuilder::new(load).run_at_time(due).build());
                self.storage
                    .push_all(&mut stream::iter(tasks.collect::<Vec<_>>()))
                    .await
            }
        };
        pushed.map_err(|error| anyhow!("{error:?}"))
    }

    async fn work(&mut self, concurrency: usize, seen: Arc<Seen>) -> Result<()> {
        let storage = self
            .storage
            .clone()
            .poll_with_interval(Duration::from_millis(20));
        let name = format!("{}-{}", self.queue, std::process::id());
        let worker = WorkerBuilder::new(name)
            .backend(storage)
            .data(seen)
            .concurrency(concurrency)
            .build(handle);
        tokio::spawn(async move {
            if let Err(error) = worker.run().await {
                eprintln!("the worker ended: {error}");
                // Nobody else would run the jobs: the figure cannot be had.
                std::process::exit(3);
            }
        });
        Ok(())
    }

    async fn unfinished(&mut self) -> Result<u64> {
        let active: u64 = self.redis.llen(format!("{}:active", self.queue)).await?;
        let scheduled: u64 = self
            .redis
            .zcard(format!("{}:scheduled", self.queue))
            .await?;
        let mut inflight = 0;
        let keys: Vec<String> = redis::cmd("KEYS")
            .arg(format!("{}:inflight*", self.queue))
            .query_async(&mut self.redis)
            .await?;
        for key in keys {
            inflight += self.redis.scard::<_, u64>(key).await?;
        }
        Ok(active + scheduled + inflight)
    }
}

async fn handle(load: Load, seen: Data<Arc<Seen>>) -> Result<(), BoxDynError> {
    seen.handle(&load).await;
    Ok(())
}
