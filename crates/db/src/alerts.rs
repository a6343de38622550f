//! Alerts: what is out of order, since when, and who was told.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use suite_core::alert::Finding;
use uuid::Uuid;

use crate::{DbResult, FleetTx};

/// An alert is over when nothing was wrong at so many looks in a row.
const FINE_LOOKS: i32 = 3;
/// What is over is told for so long; after that nobody would know any more what it was about.
const TELL_DAYS: i32 = 2;

/// An alert.
#[derive(Debug, Clone, QueryableByName, Serialize)]
pub struct AlertRow {
    /// Which.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Of which kind.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// What is or was wrong.
    #[diesel(sql_type = Text)]
    pub fault: String,
    /// Since when.
    #[diesel(sql_type = Timestamptz)]
    pub began_at: DateTime<Utc>,
    /// When it was last seen.
    #[diesel(sql_type = Timestamptz)]
    pub seen_at: DateTime<Utc>,
    /// Until when.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Who was told of what.
    #[diesel(sql_type = Array<Text>)]
    pub told: Vec<String>,
}

const COLUMNS: &str = "id, kind, fault, began_at, seen_at, ended_at, told";

/// Notes what one look has found: begins alerts, keeps them, and ends those of which nothing was seen for some looks.
///
/// # Errors
/// When the server is away.
pub async fn note(tx: &mut FleetTx, findings: &[Finding], now: DateTime<Utc>) -> DbResult<()> {
    for finding in findings {
        match &finding.fault {
            Some(fault) => {
                sql_query(
                    "INSERT INTO alerts (id, kind, fault, began_at, seen_at) VALUES ($1, $2, $3, $4, $4)
                     ON CONFLICT (kind) WHERE ended_at IS NULL
                     DO UPDATE SET fault = excluded.fault, seen_at = excluded.seen_at, fine_looks = 0",
                )
                .bind::<SqlUuid, _>(Uuid::now_v7())
                .bind::<Text, _>(finding.kind.name())
                .bind::<Text, _>(fault)
                .bind::<Timestamptz, _>(now)
                .execute(&mut **tx)
                .await?;
            }
            None => {
                sql_query(
                    "UPDATE alerts SET fine_looks = fine_looks + 1,
                            ended_at = CASE WHEN fine_looks + 1 >= $2 THEN $3 END
                      WHERE kind = $1 AND ended_at IS NULL",
                )
                .bind::<Text, _>(finding.kind.name())
                .bind::<Integer, _>(FINE_LOOKS)
                .bind::<Timestamptz, _>(now)
                .execute(&mut **tx)
                .await?;
            }
        }
    }
    Ok(())
}

/// Returns alerts that stand, and those that ended lately: whoever has to be told is told by these.
///
/// # Errors
/// When the server is away.
pub async fn to_tell(tx: &mut FleetTx, now: DateTime<Utc>) -> DbResult<Vec<AlertRow>> {
    Ok(sql_query(format!(
        "SELECT {COLUMNS} FROM alerts
          WHERE ended_at IS NULL OR ended_at > $1 - make_interval(days => $2) ORDER BY began_at, id"
    ))
    .bind::<Timestamptz, _>(now)
    .bind::<Integer, _>(TELL_DAYS)
    .load(&mut **tx)
    .await?)
}

/// Notes that somebody was told of something.
///
/// # Errors
/// When the server is away.
pub async fn note_told(tx: &mut FleetTx, id: Uuid, what: &str) -> DbResult<()> {
    sql_query(
        "UPDATE alerts SET told = array_append(told, $2) WHERE id = $1 AND NOT ($2 = ANY (told))",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(what)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Lists alerts: those that stand first, then the latest.
///
/// # Errors
/// When the server is away.
pub async fn list(tx: &mut FleetTx, limit: i64) -> DbResult<Vec<AlertRow>> {
    Ok(sql_query(format!(
        "SELECT {COLUMNS} FROM alerts ORDER BY (ended_at IS NULL) DESC, began_at DESC, id DESC LIMIT $1"
    ))
    .bind::<BigInt, _>(limit)
    .load(&mut **tx)
    .await?)
}
