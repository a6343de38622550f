use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::Result;
use bullmq::{
    BulkJob, Job, Queue, QueueOptions, Worker, WorkerOptions, options::RedisConnectionOptions,
};

use crate::rival::{Load, Rival, Seen};

/// BullMQ's port to Rust, with its defaults.
pub struct BullmqPort {
    name: String,
    connection: RedisConnectionOptions,
    queue: Queue,
    worker: Option<Worker>,
}

impl BullmqPort {
    pub async fn new(url: &str, name: &str) -> Result<Self> {
        let connection = RedisConnectionOptions {
            url: url.to_owned(),
            ..RedisConnectionOptions::default()
        };
        let options = QueueOptions {
            connection: connection.clone(),
            ..QueueOptions::default()
        };
        Ok(Self {
            name: name.to_owned(),
            connection,
            queue: Queue::with_options(name, options).await?,
            worker: None,
        })
    }
}

impl Rival for BullmqPort {
    async fn add(&mut self, load: Load) -> Result<()> {
        self.queue.add("duel", load).await?;
        Ok(())
    }

    async fn add_bulk(&mut self, loads: Vec<Load>, due: Option<SystemTime>) -> Result<()> {
        let delay = due.map(|due| {
            due.duration_since(SystemTime::now())
                .unwrap_or(Duration::ZERO)
        });
        let jobs = loads.into_iter().map(|load| {
            let job = BulkJob::new("duel", load);
            match delay {
                Some(delay) => job.delay(delay),
                None => job,
            }
        });
        self.queue.add_bulk(jobs.collect()).await?;
        Ok(())
    }

    async fn work(&mut self, concurrency: usize, seen: Arc<Seen>) -> Result<()> {
        let options = WorkerOptions {
            connection: self.connection.clone(),
            concurrency,
            ..WorkerOptions::default()
        };
        let handler = move |job: Job, _token| {
            let seen = seen.clone();
            async move {
                let load: Load = serde_json::from_value(job.data().clone())?;
                seen.handle(&load).await;
                Ok(serde_json::Value::Null)
            }
        };
        self.worker = Some(Worker::with_options(&self.name, handler, options).await?);
        Ok(())
    }

    async fn unfinished(&mut self) -> Result<u64> {
        let kinds = ["waiting", "active", "delayed", "prioritized"];
        Ok(self.queue.get_job_count_by_types(&kinds).await?)
    }
}
