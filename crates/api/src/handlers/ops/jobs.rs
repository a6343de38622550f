use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use suite_core::{
    Error,
    id::{AccountId, JobId},
    job::JobState,
};
use suite_db::operator::jobs::{self, JobFilter, JobRow};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::autoscale::queue_named;
use crate::{
    App,
    extract::{Id, Listing, Operator, PageParams},
    problem::{ApiResult, ProblemView},
    respond::PageOf,
};

/// Which jobs of all accounts to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OpsJobFilters {
    /// Only in these states, with commas between.
    state: Option<String>,
    /// Only of this queue.
    queue: Option<String>,
    /// Only of this kind.
    kind: Option<String>,
    /// Only of this account.
    account_id: Option<Uuid>,
    /// Written at this time or later.
    since: Option<DateTime<Utc>>,
    /// Written before this time.
    until: Option<DateTime<Utc>>,
    /// With this text in the error or its causes, in any case.
    search: Option<String>,
}

impl OpsJobFilters {
    fn check(self) -> ApiResult<JobFilter> {
        let states = self.state.iter().flat_map(|states| states.split(','));
        let states: Result<Vec<JobState>, _> = states.map(str::parse).collect();
        Ok(JobFilter {
            states: states.map_err(|error| Error::invalid("state", error.to_string()))?,
            queue: self.queue.as_deref().map(queue_named).transpose()?,
            kind: self.kind,
            account_id: self.account_id.map(AccountId::from),
            since: self.since,
            until: self.until,
            search: self.search,
            before: None,
        })
    }
}

/// A job with everything that an operator may know of it.
#[derive(Serialize, ToSchema)]
#[schema(as = OpsJob)]
pub(crate) struct OpsJobView {
    id: Uuid,
    /// Whose it is; the nil UUID for the operator's own.
    account_id: Uuid,
    kind: String,
    queue: String,
    state: String,
    /// 0 high, 1 normal, 2 low.
    priority: i16,
    /// Its arguments: ids, never data.
    args: Value,
    attempt: i16,
    max_attempts: i16,
    /// How often a worker died with it.
    crashes: i16,
    run_at: DateTime<Utc>,
    worker_id: Option<Uuid>,
    unique_key: Option<String>,
    cancel_requested_at: Option<DateTime<Utc>>,
    progress: Option<Value>,
    result: Option<Value>,
    /// Why the last attempt failed, as the merchant is told.
    error: Option<String>,
    /// The same with its causes.
    error_detail: Option<String>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    /// The trace of the request that asked for it.
    traceparent: Option<String>,
}

impl From<JobRow> for OpsJobView {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            kind: row.kind,
            queue: row.queue,
            state: row.state,
            priority: row.priority,
            args: row.args,
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            crashes: row.crashes,
            run_at: row.run_at,
            worker_id: row.worker_id,
            unique_key: row.unique_key,
            cancel_requested_at: row.cancel_requested_at,
            progress: row.progress,
            result: row.result,
            error: row.error,
            error_detail: row.error_detail,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            traceparent: row.traceparent,
        }
    }
}

/// Lists jobs of all accounts, newest first.
///
/// A search looks into a bounded number of failed jobs: a page may be short, or empty, and still have a `next_cursor`.
#[utoipa::path(get, path = "/v1/ops/jobs", tag = "operator", params(OpsJobFilters, PageParams),
    responses((status = 200, body = PageOf<OpsJobView>), (status = 403, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list_jobs(
    app: Data<App>,
    _: Operator,
    listing: Listing<OpsJobFilters>,
) -> ApiResult<PageOf<OpsJobView>> {
    let page = listing.page;
    let filter = JobFilter {
        before: page.after()?,
        ..listing.filters.check()?
    };
    let limit = i32::try_from(page.rows()).unwrap_or(i32::MAX);
    let mut tx = app.db.fleet().await?;
    let found = jobs::list(&mut tx, &filter, limit).await?;
    tx.commit().await?;
    let key = |row: &JobRow| JobId::from(row.id);
    PageOf::searched(&page, found.rows, key, OpsJobView::from, found.searched_to)
}

/// Shows a job of any account.
#[utoipa::path(get, path = "/v1/ops/jobs/{id}", tag = "operator", params(("id" = Uuid, Path)),
    responses((status = 200, body = OpsJobView), (status = 403, body = ProblemView),
        (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get_job(
    app: Data<App>,
    _: Operator,
    Id(id): Id<JobId>,
) -> ApiResult<Json<OpsJobView>> {
    Ok(Json(find(&app, id).await?.into()))
}

pub(super) async fn find(app: &App, id: JobId) -> ApiResult<JobRow> {
    let mut tx = app.db.fleet().await?;
    let found = jobs::find(&mut tx, &[id]).await?.pop();
    tx.commit().await?;
    Ok(found.ok_or(Error::NotFound { what: "job" })?)
}
