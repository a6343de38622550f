//! Worker processes and their leases. A lease is one row a worker, not one a job: one beat keeps all its jobs.

use std::time::Duration;

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, BigInt, Bool, Integer, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{id::WorkerId, job::Queue};
use uuid::Uuid;

use super::Attempt;
use crate::{DbResult, FleetConnection, statement::statement};

/// How a worker introduces itself.
#[derive(Debug, Clone)]
pub struct WorkerCard {
    /// Fresh at each start and after each lost lease.
    pub id: WorkerId,
    /// For people: queues and host.
    pub name: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// The program's version.
    pub version: &'static str,
    /// What it serves.
    pub queues: Vec<Queue>,
    /// Jobs at a time, over all its queues.
    pub concurrency: usize,
}

/// Enters a worker, with a lease from now.
///
/// # Errors
/// When the server is away.
pub async fn register(
    connection: &mut FleetConnection,
    card: &WorkerCard,
    lease: Duration,
) -> DbResult<()> {
    let queues: Vec<&str> = card.queues.iter().map(|queue| queue.name()).collect();
    sql_query(
        "INSERT INTO workers (id, name, host, pid, version, queues, concurrency, lease_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + $8 * interval '1 millisecond')",
    )
    .bind::<SqlUuid, _>(card.id.as_uuid())
    .bind::<Text, _>(&card.name)
    .bind::<Text, _>(&card.host)
    .bind::<Integer, _>(i32::try_from(card.pid).unwrap_or_default())
    .bind::<Text, _>(card.version)
    .bind::<Array<Text>, _>(queues)
    .bind::<Integer, _>(i32::try_from(card.concurrency).unwrap_or(i32::MAX))
    .bind::<BigInt, _>(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX))
    .execute(&mut **connection)
    .await?;
    Ok(())
}

statement! {
    struct Beat {
        id: SqlUuid => Uuid,
        lease_ms: BigInt => i64,
        running: Integer => i32,
    }
    "UPDATE workers
        SET beat_at = clock_timestamp(), lease_until = clock_timestamp() + $2 * interval '1 millisecond', running = $3
      WHERE id = $1"
}

/// Renews a lease. Returns false when the worker was taken for dead and its row is gone.
///
/// # Errors
/// When the server is away.
pub async fn beat(
    connection: &mut FleetConnection,
    id: WorkerId,
    lease: Duration,
    running: usize,
) -> DbResult<bool> {
    let beat = Beat {
        id: id.as_uuid(),
        lease_ms: i64::try_from(lease.as_millis()).unwrap_or(i64::MAX),
        running: i32::try_from(running).unwrap_or(i32::MAX),
    };
    Ok(beat.execute(&mut **connection).await? == 1)
}

/// Signs a worker off at the end of an orderly shutdown.
///
/// # Errors
/// When the server is away; then the lease simply ends.
pub async fn sign_off(connection: &mut FleetConnection, id: WorkerId) -> DbResult<()> {
    sql_query("DELETE FROM workers WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM jobs WHERE worker_id = $1 AND state = 'running')")
        .bind::<SqlUuid, _>(id.as_uuid())
        .execute(&mut **connection)
        .await?;
    Ok(())
}

statement! {
    struct OwnedBy {
        worker_id: SqlUuid => Uuid,
    }
    "SELECT id AS job_id, attempt, started_at, cancel_requested_at IS NOT NULL AS is_called_off FROM jobs
      WHERE worker_id = $1 AND state = 'running'"
}

#[derive(QueryableByName)]
struct OwnedRow {
    #[diesel(sql_type = SqlUuid)]
    job_id: Uuid,
    #[diesel(sql_type = SmallInt)]
    attempt: i16,
    #[diesel(sql_type = Timestamptz)]
    started_at: chrono::DateTime<chrono::Utc>,
    #[diesel(sql_type = Bool)]
    is_called_off: bool,
}

/// A running attempt of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owned {
    /// The attempt.
    pub attempt: Attempt,
    /// Whether somebody wants it called off.
    pub is_called_off: bool,
}

/// Returns the running attempts of a worker.
///
/// # Errors
/// When the server is away.
pub async fn owned(connection: &mut FleetConnection, id: WorkerId) -> DbResult<Vec<Owned>> {
    let rows: Vec<OwnedRow> = OwnedBy {
        worker_id: id.as_uuid(),
    }
    .load(&mut **connection)
    .await?;
    let worker_id = id.as_uuid();
    Ok(rows
        .into_iter()
        .map(|row| Owned {
            attempt: Attempt {
                job_id: row.job_id,
                attempt: row.attempt,
                worker_id,
                started_at: row.started_at,
            },
            is_called_off: row.is_called_off,
        })
        .collect())
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = Text)]
    name: String,
}

statement! {
    struct PausedQueues {}
    "SELECT name FROM queues WHERE paused_at IS NOT NULL"
}

/// Returns the queues that the operator has paused.
///
/// # Errors
/// When the server is away.
pub async fn paused_queues(connection: &mut FleetConnection) -> DbResult<Vec<Queue>> {
    let rows: Vec<NameRow> = PausedQueues {}.load(&mut **connection).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| row.name.parse().ok())
        .collect())
}
