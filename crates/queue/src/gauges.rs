//! The load of the queues and of the pool as gauges, read when somebody asks for a process's metrics.

use std::time::Duration;

use suite_db::Db;

use crate::Broker;

/// Whoever scrapes does not wait for a server that hangs.
const LONGEST: Duration = Duration::from_secs(2);

/// Sets the gauges of the pool and of all queues; `queues_readable` tells whether they could be read, and the others keep their last values.
pub async fn record(broker: &Broker, db: &Db) {
    let pool = db.pool_status();
    metrics::gauge!("database_pool_connections").set(pool.connections);
    metrics::gauge!("database_pool_idle").set(pool.idle);
    metrics::gauge!("database_pool_limit").set(pool.limit);
    let sight = tokio::time::timeout(LONGEST, broker.sight(db)).await;
    let Ok(Ok(sight)) = sight else {
        metrics::gauge!("queues_readable").set(0);
        return;
    };
    metrics::gauge!("queues_readable").set(1);
    for (queue, sight) in sight.queues {
        let queue = queue.name();
        let paused = f64::from(u8::from(sight.is_paused));
        metrics::gauge!("queue_depth_jobs", "queue" => queue).set(count(sight.depth));
        metrics::gauge!("queue_oldest_waiting_seconds", "queue" => queue)
            .set(sight.oldest_waiting_seconds);
        metrics::gauge!("queue_running_jobs", "queue" => queue).set(count(sight.running));
        metrics::gauge!("queue_workers_alive", "queue" => queue).set(count(sight.workers));
        metrics::gauge!("queue_paused", "queue" => queue).set(paused);
    }
}

/// A gauge is a float; counts beyond 2^32 are told as that.
fn count(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
