use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::{
    Error,
    id::{ImportId, JobId, StoreId},
    import::{ImportFormat, ImportState},
    job::JobState,
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{import_rejects, imports, jobs},
};

/// An upload and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The store it goes into.
    pub store_id: StoreId,
    /// How its rows are read.
    pub format: ImportFormat,
    /// Where it is in its life; the end of its job counts even where the job could not say so itself.
    pub state: ImportState,
    /// Whether it was sent compressed.
    pub is_gzip: bool,
    /// Bytes as sent.
    pub size_bytes: i64,
    /// The job that reads it, once the upload is complete.
    pub job_id: Option<JobId>,
    /// Rows of the file that are done with: the checkpoint.
    pub rows_read: i64,
    /// Rows of the file, once it has been looked through.
    pub rows_total: Option<i64>,
    /// Rows that were new.
    pub rows_added: i64,
    /// Rows that were known before.
    pub rows_unchanged: i64,
    /// Rows that could not be read.
    pub rows_rejected: i64,
    /// Why it failed, in a sentence for the merchant.
    pub error: Option<String>,
    /// When the upload began.
    pub created_at: DateTime<Utc>,
    /// When it came to its end.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A row of the file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Reject {
    /// The line of the file in which the row begins; the first line is 1.
    pub line_number: i64,
    /// What is wrong with it.
    pub reason: String,
    /// How it stands in the file, cut at 1,000 characters.
    pub content: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = imports)]
struct ImportRow {
    id: Uuid,
    store_id: Uuid,
    format: String,
    state: String,
    is_gzip: bool,
    size_bytes: i64,
    job_id: Option<Uuid>,
    rows_read: i64,
    rows_total: Option<i64>,
    rows_added: i64,
    rows_unchanged: i64,
    rows_rejected: i64,
    error: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

/// State, error and end of the job, where there is one.
type JobEnd = Option<(String, Option<String>, Option<DateTime<Utc>>)>;

fn import((row, job): (ImportRow, JobEnd)) -> DbResult<Import> {
    let mut import = Import {
        id: row.id.into(),
        store_id: row.store_id.into(),
        format: row.format.parse().map_err(Error::internal)?,
        state: row.state.parse().map_err(Error::internal)?,
        is_gzip: row.is_gzip,
        size_bytes: row.size_bytes,
        job_id: row.job_id.map(Into::into),
        rows_read: row.rows_read,
        rows_total: row.rows_total,
        rows_added: row.rows_added,
        rows_unchanged: row.rows_unchanged,
        rows_rejected: row.rows_rejected,
        error: row.error,
        created_at: row.created_at,
        finished_at: row.finished_at,
    };
    if let Some((state, error, finished_at)) = job {
        settle(
            &mut import,
            state.parse().map_err(Error::internal)?,
            error,
            finished_at,
        );
    }
    Ok(import)
}

/// A job that was cancelled before it began, or buried after crashes, had no chance to write its import's end.
fn settle(
    import: &mut Import,
    job: JobState,
    error: Option<String>,
    finished_at: Option<DateTime<Utc>>,
) {
    if !matches!(import.state, ImportState::Queued | ImportState::Running) {
        return;
    }
    match job {
        JobState::Dead => {
            import.state = ImportState::Failed;
            import.error = import.error.take().or(error);
            import.finished_at = finished_at;
        }
        JobState::Cancelled => {
            import.state = ImportState::Cancelled;
            import.finished_at = finished_at;
        }
        JobState::Queued
        | JobState::Scheduled
        | JobState::Running
        | JobState::Retrying
        | JobState::Succeeded => {}
    }
}

/// Returns one import.
///
/// # Errors
/// [`Error::NotFound`] when the account has no such import.
pub async fn find(tx: &mut AccountTx, id: ImportId) -> DbResult<Import> {
    let found = imports::table
        .left_join(
            jobs::table.on(jobs::account_id
                .eq(imports::account_id)
                .and(jobs::id.nullable().eq(imports::job_id))),
        )
        .filter(imports::account_id.eq(tx.account_id().as_uuid()))
        .filter(imports::id.eq(id.as_uuid()))
        .select((
            ImportRow::as_select(),
            (jobs::state, jobs::error, jobs::finished_at).nullable(),
        ))
        .first::<(ImportRow, JobEnd)>(&mut **tx)
        .await
        .optional()?;
    found.map_or_else(|| Err(Error::NotFound { what: "import" }.into()), import)
}

/// Returns imports, the newest first: of one store or of all, older than `before`.
///
/// # Errors
/// When the server is away.
pub async fn list(
    tx: &mut AccountTx,
    store_id: Option<StoreId>,
    before: Option<ImportId>,
    limit: i64,
) -> DbResult<Vec<Import>> {
    let mut query = imports::table
        .left_join(
            jobs::table.on(jobs::account_id
                .eq(imports::account_id)
                .and(jobs::id.nullable().eq(imports::job_id))),
        )
        .filter(imports::account_id.eq(tx.account_id().as_uuid()))
        .select((
            ImportRow::as_select(),
            (jobs::state, jobs::error, jobs::finished_at).nullable(),
        ))
        .order(imports::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = store_id {
        query = query.filter(imports::store_id.eq(store_id.as_uuid()));
    }
    if let Some(before) = before {
        query = query.filter(imports::id.lt(before.as_uuid()));
    }
    let rows = query.load::<(ImportRow, JobEnd)>(&mut **tx).await?;
    rows.into_iter().map(import).collect()
}

/// Returns refused rows in the order of the file, behind line `after_line`.
///
/// # Errors
/// When the server is away.
pub async fn rejects(
    tx: &mut AccountTx,
    id: ImportId,
    after_line: i64,
    limit: i64,
) -> DbResult<Vec<Reject>> {
    let rejects = import_rejects::table
        .filter(import_rejects::account_id.eq(tx.account_id().as_uuid()))
        .filter(import_rejects::import_id.eq(id.as_uuid()))
        .filter(import_rejects::line_number.gt(after_line))
        .order(import_rejects::line_number)
        .limit(limit)
        .select((
            import_rejects::line_number,
            import_rejects::reason,
            import_rejects::content,
        ))
        .load(&mut **tx)
        .await?;
    Ok(rejects)
}
