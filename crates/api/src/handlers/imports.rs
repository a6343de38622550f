//! Uploaded files and what came of them.

mod rejects;
mod upload;

pub(crate) use rejects::{__path_rejects, rejects};
pub(crate) use upload::{__path_upload, upload};

use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use suite_core::id::{ImportId, StoreId};
use suite_db::imports::{self, Import, Reject};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, Listing, Member, PageParams},
    problem::{ApiResult, ProblemView},
    respond::PageOf,
};

/// How many rejected rows are shown with the import itself.
const FIRST_REJECTS: i64 = 20;

/// An uploaded file and what came of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Import)]
pub(crate) struct ImportView {
    id: Uuid,
    store_id: Uuid,
    /// How its rows are read, such as `invoice_lines`.
    format: &'static str,
    /// `uploading`, `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    state: &'static str,
    /// Bytes as sent.
    size_bytes: i64,
    /// The job that reads it.
    job_id: Option<Uuid>,
    /// Rows that are done with.
    rows_read: i64,
    /// Rows of the file, once they are counted.
    rows_total: Option<i64>,
    /// Rows that were new.
    rows_added: i64,
    /// Rows that were known before.
    rows_unchanged: i64,
    /// Rows that could not be read.
    rows_rejected: i64,
    /// Why it failed.
    error: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

/// An import with its first rejected rows.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportDetail {
    #[serde(flatten)]
    import: ImportView,
    /// The first 20 of them; all are in `/v1/imports/{id}/rejects`.
    rejects: Vec<RejectView>,
}

/// A row that was not taken.
#[derive(Serialize, ToSchema)]
#[schema(as = Reject)]
pub(crate) struct RejectView {
    /// The line of the file in which the row begins; the first is 1.
    line_number: i64,
    /// What is wrong with it.
    reason: String,
    /// The row as it stands in the file, cut at 1,000 characters.
    content: String,
}

impl From<Import> for ImportView {
    fn from(import: Import) -> Self {
        Self {
            id: import.id.into(),
            store_id: import.store_id.into(),
            format: import.format.name(),
            state: import.state.name(),
            size_bytes: import.size_bytes,
            job_id: import.job_id.map(Into::into),
            rows_read: import.rows_read,
            rows_total: import.rows_total,
            rows_added: import.rows_added,
            rows_unchanged: import.rows_unchanged,
            rows_rejected: import.rows_rejected,
            error: import.error,
            created_at: import.created_at,
            finished_at: import.finished_at,
        }
    }
}

impl From<Reject> for RejectView {
    fn from(reject: Reject) -> Self {
        Self {
            line_number: reject.line_number,
            reason: reject.reason,
            content: reject.content,
        }
    }
}

/// Which imports to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportFilters {
    /// Only into this store.
    store_id: Option<Uuid>,
}

/// Lists the imports, newest first.
#[utoipa::path(get, path = "/v1/imports", tag = "imports", params(ImportFilters, PageParams),
    responses((status = 200, body = PageOf<ImportView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<ImportFilters>,
) -> ApiResult<PageOf<ImportView>> {
    let page = listing.page;
    let store_id = listing.filters.store_id.map(StoreId::from);
    let mut tx = app.db.account(who.account_id).await?;
    let rows = imports::list(&mut tx, store_id, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, ImportView::from)
}

/// Shows an import, its counts and its first rejected rows.
#[utoipa::path(get, path = "/v1/imports/{id}", tag = "imports", params(("id" = Uuid, Path)),
    responses((status = 200, body = ImportDetail), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    app: Data<App>,
    who: Member,
    Id(id): Id<ImportId>,
) -> ApiResult<Json<ImportDetail>> {
    let mut tx = app.db.account(who.account_id).await?;
    let import = imports::find(&mut tx, id).await?;
    let rejects = imports::rejects(&mut tx, id, 0, FIRST_REJECTS).await?;
    Ok(Json(ImportDetail {
        import: import.into(),
        rejects: rejects.into_iter().map(Into::into).collect(),
    }))
}
