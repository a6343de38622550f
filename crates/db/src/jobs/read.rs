use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use suite_core::{
    id::{AccountId, JobId},
    job::{JobState, Queue},
};
use uuid::Uuid;

use crate::{AccountTx, DbResult, FleetTx, schema::jobs};

/// A job as it is shown.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = jobs)]
#[allow(missing_docs, reason = "the columns are explained in the migration")]
pub struct JobRow {
    #[diesel(deserialize_as = Uuid)]
    pub account_id: AccountId,
    #[diesel(deserialize_as = Uuid)]
    pub id: JobId,
    pub kind: String,
    pub queue: String,
    pub state: String,
    pub priority: i16,
    pub args: Value,
    pub attempt: i16,
    pub max_attempts: i16,
    pub crashes: i16,
    pub run_at: DateTime<Utc>,
    pub dispatched_at: Option<DateTime<Utc>>,
    pub worker_id: Option<Uuid>,
    pub cancel_requested_at: Option<DateTime<Utc>>,
    pub progress: Option<Value>,
    pub result: Option<Value>,
    pub error: Option<String>,
    pub error_detail: Option<String>,
    pub revision: i32,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// Which jobs of an account to list; all when empty.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only in this state.
    pub state: Option<JobState>,
    /// Only of this queue.
    pub queue: Option<Queue>,
    /// Only of this kind.
    pub kind: Option<String>,
}

/// Finds a job of the account.
///
/// # Errors
/// When the server is away.
pub async fn find(tx: &mut AccountTx, id: JobId) -> DbResult<Option<JobRow>> {
    let row = jobs::table
        .filter(jobs::account_id.eq(tx.account_id().as_uuid()))
        .filter(jobs::id.eq(id.as_uuid()))
        .select(JobRow::as_select())
        .first(&mut **tx)
        .await
        .optional()?;
    Ok(row)
}

/// Finds a job of any account, for the operator.
///
/// # Errors
/// When the server is away.
pub async fn find_any(tx: &mut FleetTx, id: JobId) -> DbResult<Option<JobRow>> {
    let row = jobs::table
        .filter(jobs::id.eq(id.as_uuid()))
        .select(JobRow::as_select())
        .first(&mut **tx)
        .await
        .optional()?;
    Ok(row)
}

/// Lists jobs of the account, the newest first, those before `before` only.
///
/// # Errors
/// When the server is away.
pub async fn list(
    tx: &mut AccountTx,
    filter: &JobFilter,
    before: Option<JobId>,
    limit: i64,
) -> DbResult<Vec<JobRow>> {
    let mut query = jobs::table
        .filter(jobs::account_id.eq(tx.account_id().as_uuid()))
        .select(JobRow::as_select())
        .order(jobs::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(state) = filter.state {
        query = query.filter(jobs::state.eq(state.name()));
    }
    if let Some(queue) = filter.queue {
        query = query.filter(jobs::queue.eq(queue.name()));
    }
    if let Some(kind) = &filter.kind {
        query = query.filter(jobs::kind.eq(kind.clone()));
    }
    if let Some(before) = before {
        query = query.filter(jobs::id.lt(before.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}
