use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{Array, BigInt, Double, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use suite_core::backup::BackupManifest;

use crate::{DbResult, FleetTx};

/// A backup that was found whole.
#[derive(Debug, Clone, QueryableByName, Serialize)]
pub struct BackupRow {
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The moment that it shows.
    #[diesel(sql_type = Timestamptz)]
    pub snapshot_at: DateTime<Utc>,
    /// When it was found whole.
    #[diesel(sql_type = Timestamptz)]
    pub verified_at: DateTime<Utc>,
    /// Bytes on the bucket.
    #[diesel(sql_type = BigInt)]
    pub size_bytes: i64,
    /// Rows of all tables.
    #[diesel(sql_type = BigInt)]
    pub row_count: i64,
    /// When it was last restored on trial.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub drilled_at: Option<DateTime<Utc>>,
    /// How long the restoring took.
    #[diesel(sql_type = Nullable<Double>)]
    pub drill_seconds: Option<f64>,
}

const COLUMNS: &str =
    "name, snapshot_at, verified_at, size_bytes, row_count, drilled_at, drill_seconds";

/// Notes a backup that was found whole.
///
/// # Errors
/// When the server is away.
pub async fn note_made(
    tx: &mut FleetTx,
    manifest: &BackupManifest,
    verified_at: DateTime<Utc>,
) -> DbResult<()> {
    sql_query(
        "INSERT INTO backups (name, snapshot_at, verified_at, size_bytes, row_count) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO NOTHING",
    )
    .bind::<Text, _>(&manifest.name)
    .bind::<Timestamptz, _>(manifest.snapshot_at)
    .bind::<Timestamptz, _>(verified_at)
    .bind::<BigInt, _>(i64::try_from(manifest.size_bytes).unwrap_or(i64::MAX))
    .bind::<BigInt, _>(manifest.rows())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that a backup was restored on trial; one that this database does not know yet is noted as made, too.
///
/// # Errors
/// When the server is away.
pub async fn note_drill(
    tx: &mut FleetTx,
    manifest: &BackupManifest,
    drilled_at: DateTime<Utc>,
    seconds: f64,
) -> DbResult<()> {
    note_made(tx, manifest, drilled_at).await?;
    sql_query("UPDATE backups SET drilled_at = $2, drill_seconds = $3 WHERE name = $1")
        .bind::<Text, _>(&manifest.name)
        .bind::<Timestamptz, _>(drilled_at)
        .bind::<Double, _>(seconds)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets backups that are no longer on the bucket; the last drill is remembered all the same.
///
/// # Errors
/// When the server is away.
pub async fn forget_except(tx: &mut FleetTx, present: &[String]) -> DbResult<usize> {
    Ok(sql_query(
        "DELETE FROM backups WHERE name <> ALL ($1)
            AND name IS DISTINCT FROM (SELECT name FROM backups WHERE drilled_at IS NOT NULL ORDER BY drilled_at DESC LIMIT 1)",
    )
    .bind::<Array<Text>, _>(present)
    .execute(&mut **tx)
    .await?)
}

/// Returns the newest backup.
///
/// # Errors
/// When the server is away.
pub async fn latest(tx: &mut FleetTx) -> DbResult<Option<BackupRow>> {
    let query = format!("SELECT {COLUMNS} FROM backups ORDER BY snapshot_at DESC LIMIT 1");
    Ok(sql_query(query).get_result(&mut **tx).await.optional()?)
}

/// Returns the backup that was last restored on trial.
///
/// # Errors
/// When the server is away.
pub async fn latest_drill(tx: &mut FleetTx) -> DbResult<Option<BackupRow>> {
    let query = format!(
        "SELECT {COLUMNS} FROM backups WHERE drilled_at IS NOT NULL ORDER BY drilled_at DESC LIMIT 1"
    );
    Ok(sql_query(query).get_result(&mut **tx).await.optional()?)
}
