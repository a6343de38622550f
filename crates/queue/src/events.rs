use std::time::Duration;

use futures_util::StreamExt;
use redis::AsyncCommands;
use suite_core::id::{AccountId, JobId};
use tokio::sync::broadcast;

use crate::{
    Keys,
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

/// Announcements of changes between processes. They carry ids only and may be lost: watchers also look by themselves now
/// and then.
#[derive(Clone)]
pub(crate) struct Events {
    sender: broadcast::Sender<JobEvent>,
}

impl Events {
    /// Listens in the background, for all watchers of this process.
    pub(crate) fn start(redis: RedisClient, keys: Keys) -> Self {
        // A watcher that is this far behind is told to resync.
        let (sender, _) = broadcast::channel(4_096);
        let listener = sender.clone();
        supervise("events", move || {
            listen(redis.clone(), keys.clone(), listener.clone())
        });
        Self { sender }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<JobEvent> {
        self.sender.subscribe()
    }
}

/// After so long without an announcement the connection is not trusted any more.
const SILENCE: Duration = Duration::from_secs(20);
/// How long connecting and subscribing may take.
const PATIENCE: Duration = Duration::from_secs(2);

async fn listen(redis: RedisClient, keys: Keys, sender: broadcast::Sender<JobEvent>) {
    let mut failures = 0;
    loop {
        let subscribing = async {
            let mut pubsub = redis.pubsub().await?;
            pubsub.subscribe(keys.events()).await?;
            redis::RedisResult::Ok(pubsub)
        };
        if let Ok(Ok(mut pubsub)) = tokio::time::timeout(PATIENCE, subscribing).await {
            failures = 0;
            let _ = sender.send(JobEvent::Resync);
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
                    let _ = sender.send(event);
                }
            }
        }
        failures += 1;
        tokio::time::sleep(patience(failures).max(Duration::from_millis(100))).await;
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
    keys: &Keys,
    jobs: &[(AccountId, JobId)],
) -> redis::RedisResult<()> {
    for some in jobs.chunks(IN_ONE_MESSAGE) {
        let lines: Vec<String> = some
            .iter()
            .map(|(account_id, job_id)| format!("{account_id} {job_id}"))
            .collect();
        let _: i64 = connection.publish(keys.events(), lines.join("\n")).await?;
    }
    Ok(())
}
