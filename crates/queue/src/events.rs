use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::StreamExt;
use redis::AsyncCommands;
use suite_core::id::{AccountId, JobId};
use tokio::{runtime::Handle, sync::broadcast};

use crate::{
    redis_client::RedisClient,
    supervise::{patience, supervise},
};

/// Changes announced in one message: 74 bytes each.
const IN_ONE_MESSAGE: usize = 100;

/// Something about a job has changed; its row says what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEvent {
    /// This job.
    Changed {
        /// Whose job.
        account_id: AccountId,
        /// Which job.
        job_id: JobId,
    },
    /// Announcements may have been missed: look at everything that is being watched.
    Resync,
}

/// Announcements between processes on one channel. They carry ids only and may be lost: watchers also look by themselves now
/// and then.
#[derive(Clone)]
pub(crate) struct Events {
    redis: RedisClient,
    channel: Arc<str>,
    sender: broadcast::Sender<JobEvent>,
    /// The process's own, which outlives the server thread that may ask first.
    runtime: Handle,
    listening: Arc<OnceLock<()>>,
}

impl Events {
    /// Prepares the channel; must be called inside the process's runtime.
    pub(crate) fn new(redis: RedisClient, channel: String) -> Self {
        // A watcher that is this far behind is told to resync.
        let (sender, _) = broadcast::channel(4_096);
        Self {
            redis,
            channel: channel.into(),
            sender,
            runtime: Handle::current(),
            listening: Arc::default(),
        }
    }

    /// Watches the channel from now on. One listener in the background serves all watchers of this process; a process without
    /// any does not listen: a busy worker would read back each job that it runs.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<JobEvent> {
        let receiver = self.sender.subscribe();
        self.listening.get_or_init(|| {
            let _entered = self.runtime.enter();
            let listener = self.clone();
            supervise("events", move || listener.clone().listen());
        });
        receiver
    }
}

/// After so long without an announcement the connection is not trusted any more.
const SILENCE: Duration = Duration::from_secs(20);
/// How long connecting and subscribing may take.
const PATIENCE: Duration = Duration::from_secs(2);

impl Events {
    async fn listen(self) {
        let mut failures = 0;
        loop {
            let subscribing = async {
                let mut pubsub = self.redis.pubsub().await?;
                pubsub.subscribe(&*self.channel).await?;
                redis::RedisResult::Ok(pubsub)
            };
            if let Ok(Ok(mut pubsub)) = tokio::time::timeout(PATIENCE, subscribing).await {
                failures = 0;
                let _ = self.sender.send(JobEvent::Resync);
                let mut messages = pubsub.on_message();
                // A connection that has died without a word is silent like one on which nothing happens: both are made anew.
                while let Ok(Some(message)) = tokio::time::timeout(SILENCE, messages.next()).await {
                    for event in message
                        .get_payload::<String>()
                        .unwrap_or_default()
                        .lines()
                        .filter_map(parse)
                    {
                        // Nobody watching is no error.
                        let _ = self.sender.send(event);
                    }
                }
            }
            failures += 1;
            tokio::time::sleep(patience(failures).max(Duration::from_millis(100))).await;
        }
    }
}

fn parse(payload: &str) -> Option<JobEvent> {
    let (account_id, job_id) = payload.split_once(' ')?;
    Some(JobEvent::Changed {
        account_id: account_id.parse().ok()?,
        job_id: job_id.parse().ok()?,
    })
}

/// Announces changes of jobs, many in one message.
pub(crate) async fn publish(
    connection: &mut redis::aio::ConnectionManager,
    channel: &str,
    jobs: &[(AccountId, JobId)],
) -> redis::RedisResult<()> {
    for some in jobs.chunks(IN_ONE_MESSAGE) {
        let lines: Vec<String> = some
            .iter()
            .map(|(account_id, job_id)| format!("{account_id} {job_id}"))
            .collect();
        let _: i64 = connection.publish(channel, lines.join("\n")).await?;
    }
    Ok(())
}
