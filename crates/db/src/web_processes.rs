//! Web processes that are up: each has a row that beats, so that an operator can add up what all of them may open.

use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Integer, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use uuid::Uuid;

use crate::{DbResult, FleetTx};

/// How a web process introduces itself.
#[derive(Debug, Clone)]
pub struct WebCard {
    /// New with each start.
    pub id: Uuid,
    /// The machine.
    pub host: String,
    /// The process on that machine.
    pub pid: u32,
    /// The program's version.
    pub version: &'static str,
    /// Connections that it may open.
    pub pool_size: u32,
}

/// Enters the process, or gives a sign of life.
///
/// # Errors
/// When the server is away.
pub async fn beat(tx: &mut FleetTx, card: &WebCard) -> DbResult<()> {
    sql_query(
        "INSERT INTO web_processes (id, host, pid, version, pool_size) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET beat_at = clock_timestamp()",
    )
    .bind::<SqlUuid, _>(card.id)
    .bind::<Text, _>(&card.host)
    .bind::<Integer, _>(i32::try_from(card.pid).unwrap_or_default())
    .bind::<Text, _>(card.version)
    .bind::<Integer, _>(i32::try_from(card.pool_size).unwrap_or(i32::MAX))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Signs the process off, and forgets those that have been silent for an hour.
///
/// # Errors
/// When the server is away; then its row stops beating.
pub async fn sign_off(tx: &mut FleetTx, id: Uuid) -> DbResult<()> {
    sql_query("DELETE FROM web_processes WHERE id = $1 OR beat_at < now() - interval '1 hour'")
        .bind::<SqlUuid, _>(id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A web process that is up.
#[derive(Debug, Clone, QueryableByName, Serialize)]
pub struct WebProcess {
    /// New with each start.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The machine.
    #[diesel(sql_type = Text)]
    pub host: String,
    /// The process on that machine.
    #[diesel(sql_type = Integer)]
    pub pid: i32,
    /// The program's version.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// Connections that it may open.
    #[diesel(sql_type = Integer)]
    pub pool_size: i32,
    /// When it started.
    #[diesel(sql_type = Timestamptz)]
    pub started_at: chrono::DateTime<chrono::Utc>,
}

/// Lists the processes that gave a sign of life within `seconds`.
///
/// # Errors
/// When the server is away.
pub async fn alive(tx: &mut FleetTx, seconds: i64) -> DbResult<Vec<WebProcess>> {
    Ok(sql_query(
        "SELECT id, host, pid, version, pool_size, started_at FROM web_processes
          WHERE beat_at > clock_timestamp() - $1 * interval '1 second' ORDER BY host, pid",
    )
    .bind::<BigInt, _>(seconds)
    .load(&mut **tx)
    .await?)
}
