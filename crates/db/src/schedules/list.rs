use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use uuid::Uuid;

use crate::{AccountTx, DbResult};

/// A schedule as it is shown.
#[derive(Debug, Clone, PartialEq, QueryableByName, Serialize)]
pub struct ScheduleRow {
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// When it fires: five fields of cron.
    #[diesel(sql_type = Text)]
    pub expression: String,
    /// On whose wall clock (IANA).
    #[diesel(sql_type = Text)]
    pub timezone: String,
    /// The kind of job that it enqueues.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Its next tick; none ever when empty.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub next_at: Option<DateTime<Utc>>,
    /// Its latest tick that fired.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_tick_at: Option<DateTime<Utc>>,
    /// The job of that tick.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub last_job_id: Option<Uuid>,
    /// What has become of it; empty when it is too old to be kept.
    #[diesel(sql_type = Nullable<Text>)]
    pub last_job_state: Option<String>,
    /// Since when it is held.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub paused_at: Option<DateTime<Utc>>,
}

/// Lists the schedules of the transaction's account, by name.
///
/// # Errors
/// When the server is away.
pub async fn list(tx: &mut AccountTx) -> DbResult<Vec<ScheduleRow>> {
    Ok(sql_query(
        "SELECT s.name, s.expression, s.timezone, s.kind, s.next_at, s.last_tick_at, s.last_job_id,
                j.state AS last_job_state, s.paused_at
           FROM schedules s LEFT JOIN jobs j ON j.account_id = s.account_id AND j.id = s.last_job_id
          WHERE s.account_id = $1 AND s.retired_at IS NULL ORDER BY s.name",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .load(&mut **tx)
    .await?)
}
