//! Worker processes as their beats show them.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, Bool, Integer, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use uuid::Uuid;

use crate::{DbResult, FleetTx};

/// One start of a worker process.
#[derive(Debug, Clone, QueryableByName, Serialize)]
pub struct WorkerRow {
    /// Its id, new with each start.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// What it calls itself.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The machine.
    #[diesel(sql_type = Text)]
    pub host: String,
    /// The process on that machine.
    #[diesel(sql_type = Integer)]
    pub pid: i32,
    /// The program's version.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// The queues that it serves.
    #[diesel(sql_type = Array<Text>)]
    pub queues: Vec<String>,
    /// Jobs it runs at once, for each queue.
    #[diesel(sql_type = Integer)]
    pub concurrency: i32,
    /// Jobs it runs now, as it said with its last beat.
    #[diesel(sql_type = Integer)]
    pub running: i32,
    /// When it started.
    #[diesel(sql_type = Timestamptz)]
    pub started_at: DateTime<Utc>,
    /// When it last gave a sign of life.
    #[diesel(sql_type = Timestamptz)]
    pub beat_at: DateTime<Utc>,
    /// When it counts as dead unless it beats again.
    #[diesel(sql_type = Timestamptz)]
    pub lease_until: DateTime<Utc>,
    /// Whether its lease holds, by the database's clock.
    #[diesel(sql_type = Bool)]
    pub is_alive: bool,
}

/// Lists the workers that have a row, the living first.
///
/// # Errors
/// When the server is away.
pub async fn list(tx: &mut FleetTx) -> DbResult<Vec<WorkerRow>> {
    Ok(sql_query(
        "SELECT id, name, host, pid, version, queues, concurrency, running, started_at, beat_at, lease_until,
                lease_until > clock_timestamp() AS is_alive
           FROM workers
          ORDER BY lease_until > clock_timestamp() DESC, name, id
          LIMIT 1000",
    )
    .load(&mut **tx)
    .await?)
}
