use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use suite_core::{
    clock::Clock,
    job::{Job, Queue},
};
use suite_worker::runtime::{JobContext, JobError, Kind};

/// Who is told that a job has begun, where another process waits for it.
#[derive(Clone)]
pub(crate) struct Marker(pub(crate) redis::aio::MultiplexedConnection);

/// A job of the duel: it does nothing, or takes some time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Load {
    pub(crate) number: u64,
    /// Takes this long, in milliseconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) hold_ms: u64,
    /// Whether its result tells when it began.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) is_timed: bool,
    /// The Redis list in which its start is noted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) mark: String,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Job for Load {
    const NAME: &'static str = "duel";
    const QUEUE: Queue = Queue::Inventory;
    const TIMEOUT: Duration = Duration::from_secs(600);
}

/// Returns the kind with its code.
pub(crate) fn kind(marker: Marker) -> Kind {
    Kind::new(move |load: Load, context| run(load, context, marker.clone()))
}

async fn run(load: Load, context: JobContext, marker: Marker) -> Result<Value, JobError> {
    let began_us = now_us();
    if !load.mark.is_empty() {
        let mut redis = marker.0;
        let noted: redis::RedisResult<i64> =
            redis::AsyncCommands::rpush(&mut redis, &load.mark, began_us).await;
        noted.map_err(|error| JobError::Retry(suite_core::Error::unavailable(error)))?;
    }
    if load.hold_ms > 0 {
        let held = tokio::time::sleep(Duration::from_millis(load.hold_ms));
        tokio::select! {
            () = held => {}
            () = context.cancelled().cancelled() => return Err(JobError::Stopped),
        }
    }
    Ok(if load.is_timed {
        json!({"began_us": began_us})
    } else {
        Value::Null
    })
}

/// Returns the present time in microseconds since 1970.
pub(crate) fn now_us() -> i64 {
    Clock::System.now().timestamp_micros()
}
