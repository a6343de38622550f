//! What waits in each queue, and the switch that holds a queue in the whole fleet.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use suite_core::job::Queue;

use super::jobs::{GROUPS, OF_GROUP};
use crate::{DbResult, FleetTx};

/// A queue and the jobs in it that are not over.
#[derive(Debug, Clone, QueryableByName, Serialize)]
pub struct QueueRow {
    /// The queue's name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Since when no job of it starts.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub paused_at: Option<DateTime<Utc>>,
    /// Jobs that wait for a worker.
    #[diesel(sql_type = BigInt)]
    pub queued: i64,
    /// Jobs that wait for their time.
    #[diesel(sql_type = BigInt)]
    pub scheduled: i64,
    /// Jobs that failed and wait for their next attempt.
    #[diesel(sql_type = BigInt)]
    pub retrying: i64,
    /// Jobs that a worker has.
    #[diesel(sql_type = BigInt)]
    pub running: i64,
    /// Jobs that failed for good.
    #[diesel(sql_type = BigInt)]
    pub dead: i64,
    /// When the job that waits longest could have started.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub oldest_waiting_since: Option<DateTime<Utc>>,
    /// Seconds since then, by the database's clock.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub oldest_waiting_seconds: Option<i64>,
}

/// Lists all queues with their counts.
///
/// Jobs that are over and went well are not counted: there may be millions, and nobody waits for them.
///
/// # Errors
/// When the server is away.
pub async fn list(tx: &mut FleetTx) -> DbResult<Vec<QueueRow>> {
    // Each state by itself, so that each is answered from its own small index.
    Ok(sql_query(
        format!("WITH RECURSIVE {GROUPS}, live AS (
             SELECT queue, state, run_at FROM jobs
              WHERE state IN ('queued', 'retrying') AND dispatched_at IS NOT NULL
              UNION ALL
             SELECT queue, state, run_at FROM jobs
              WHERE state IN ('queued', 'scheduled', 'retrying') AND dispatched_at IS NULL AND parked_on IS NULL
              UNION ALL
             SELECT queue, state, run_at FROM jobs
              WHERE state IN ('queued', 'retrying') AND dispatched_at IS NULL AND parked_on IS NOT NULL
              UNION ALL
             SELECT queue, state, run_at FROM jobs WHERE state = 'running'
         ), counted AS (
             SELECT queue,
                    count(*) FILTER (WHERE state = 'queued') AS queued,
                    count(*) FILTER (WHERE state = 'scheduled') AS scheduled,
                    count(*) FILTER (WHERE state = 'retrying') AS retrying,
                    count(*) FILTER (WHERE state = 'running') AS running,
                    min(run_at) FILTER (WHERE state IN ('queued', 'scheduled', 'retrying')
                                          AND run_at <= clock_timestamp()) AS oldest
               FROM live GROUP BY queue
         ), dead AS (
             SELECT g.queue, sum(n.count)::bigint AS dead FROM groups g
              CROSS JOIN LATERAL (SELECT count(*) AS count FROM jobs j WHERE {OF_GROUP}) n
              WHERE g.state = 'dead' GROUP BY g.queue
         ), names AS (
             SELECT name FROM queues UNION SELECT queue FROM counted UNION SELECT queue FROM dead
         )
         SELECT n.name, q.paused_at,
                coalesce(c.queued, 0) AS queued, coalesce(c.scheduled, 0) AS scheduled,
                coalesce(c.retrying, 0) AS retrying, coalesce(c.running, 0) AS running, coalesce(d.dead, 0) AS dead,
                c.oldest AS oldest_waiting_since,
                extract(epoch FROM clock_timestamp() - c.oldest)::bigint AS oldest_waiting_seconds
           FROM names n
           LEFT JOIN queues q ON q.name = n.name
           LEFT JOIN counted c ON c.queue = n.name
           LEFT JOIN dead d ON d.queue = n.name
          ORDER BY 1"),
    )
    .load(&mut **tx)
    .await?)
}

#[derive(QueryableByName)]
struct PausedAt {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    paused_at: Option<DateTime<Utc>>,
}

/// Holds a queue: running jobs go on, no other job of it starts. Tells whether that changed anything.
///
/// # Errors
/// When the server is away.
pub async fn pause(tx: &mut FleetTx, queue: Queue) -> DbResult<bool> {
    let before = lock(tx, queue).await?;
    sql_query(
        "INSERT INTO queues (name, paused_at) VALUES ($1, clock_timestamp())
             ON CONFLICT (name) DO UPDATE SET paused_at = coalesce(queues.paused_at, excluded.paused_at)",
    )
    .bind::<Text, _>(queue.name())
    .execute(&mut **tx)
    .await?;
    Ok(before.is_none())
}

/// Lets a queue go on. Tells whether it was held.
///
/// # Errors
/// When the server is away.
pub async fn resume(tx: &mut FleetTx, queue: Queue) -> DbResult<bool> {
    let before = lock(tx, queue).await?;
    sql_query("UPDATE queues SET paused_at = NULL WHERE name = $1 AND paused_at IS NOT NULL")
        .bind::<Text, _>(queue.name())
        .execute(&mut **tx)
        .await?;
    Ok(before.is_some())
}

async fn lock(tx: &mut FleetTx, queue: Queue) -> DbResult<Option<DateTime<Utc>>> {
    let row: Option<PausedAt> =
        sql_query("SELECT paused_at FROM queues WHERE name = $1 FOR UPDATE")
            .bind::<Text, _>(queue.name())
            .get_result(&mut **tx)
            .await
            .optional()?;
    Ok(row.and_then(|row| row.paused_at))
}
