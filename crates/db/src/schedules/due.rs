use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::id::AccountId;
use uuid::Uuid;

use crate::{DbResult, FleetConnection, statement::statement};

statement! {
    struct Due {
        kinds: Array<Text> => Vec<&'static str>,
        overdue_ms: BigInt => i64,
        limit: BigInt => i64,
    }
    "SELECT account_id, name FROM schedules
      WHERE paused_at IS NULL AND retired_at IS NULL AND kind = ANY ($1)
        AND next_at <= now() - $2 * interval '1 millisecond'
      ORDER BY next_at LIMIT $3"
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
}

/// A schedule whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSchedule {
    /// Whose it is.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
}

/// Lists schedules that have been due for `overdue` and enqueue one of `kinds`, the longest due first.
///
/// # Errors
/// When the server is away.
pub async fn due(
    connection: &mut FleetConnection,
    kinds: &[&'static str],
    overdue: Duration,
    limit: i64,
) -> DbResult<Vec<DueSchedule>> {
    let due = Due {
        kinds: kinds.to_vec(),
        overdue_ms: i64::try_from(overdue.as_millis()).unwrap_or(i64::MAX),
        limit,
    };
    let rows: Vec<DueRow> = due.load(&mut **connection).await?;
    let schedules = rows.into_iter().map(|row| DueSchedule {
        account_id: row.account_id.into(),
        name: row.name,
    });
    Ok(schedules.collect())
}

statement! {
    struct NextDue {
        kinds: Array<Text> => Vec<&'static str>,
    }
    "SELECT min(next_at) AS at FROM schedules
      WHERE paused_at IS NULL AND retired_at IS NULL AND kind = ANY ($1)"
}

#[derive(QueryableByName)]
struct NextRow {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    at: Option<DateTime<Utc>>,
}

/// Returns when the next schedule that enqueues one of `kinds` is due.
///
/// # Errors
/// When the server is away.
pub async fn next_due(
    connection: &mut FleetConnection,
    kinds: &[&'static str],
) -> DbResult<Option<DateTime<Utc>>> {
    let next = NextDue {
        kinds: kinds.to_vec(),
    };
    let row: NextRow = next.get_result(&mut **connection).await?;
    Ok(row.at)
}
