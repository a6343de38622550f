//! Background work: how it goes, calling it off, starting it again.

mod events;
mod steer;

pub(crate) use events::{__path_events, events};
pub(crate) use steer::{__path_cancel, __path_retry, cancel, retry};

use actix_web::web::{Data, Json};
use serde::Deserialize;
use suite_core::{
    Error,
    id::JobId,
    job::{JobState, Queue},
};
use suite_db::jobs::{self, JobFilter};
use utoipa::IntoParams;

use crate::{
    App,
    extract::{Id, Listing, Member, PageParams},
    problem::{ApiResult, ProblemView},
    respond::PageOf,
    views::{self, JobView},
};

/// Which jobs to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobFilters {
    /// Only in this state.
    state: Option<String>,
    /// Only of this queue.
    queue: Option<String>,
    /// Only of this kind.
    kind: Option<String>,
}

impl JobFilters {
    fn check(self) -> ApiResult<JobFilter> {
        let state = self.state.map(|name| {
            name.parse::<JobState>()
                .map_err(|error| Error::invalid("state", error.to_string()))
        });
        let queue = self.queue.map(|name| {
            name.parse::<Queue>()
                .map_err(|error| Error::invalid("queue", error.to_string()))
        });
        Ok(JobFilter {
            state: state.transpose()?,
            queue: queue.transpose()?,
            kind: self.kind,
        })
    }
}

/// Lists the jobs, newest first.
#[utoipa::path(get, path = "/v1/jobs", tag = "jobs", params(JobFilters, PageParams),
    responses((status = 200, body = PageOf<JobView>), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<JobFilters>,
) -> ApiResult<PageOf<JobView>> {
    let (page, filter) = (listing.page, listing.filters.check()?);
    let mut tx = app.db.account(who.account_id).await?;
    let rows = jobs::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, JobView::from)
}

/// Shows a job.
#[utoipa::path(get, path = "/v1/jobs/{id}", tag = "jobs", params(("id" = Uuid, Path)),
    responses((status = 200, body = JobView), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    app: Data<App>,
    who: Member,
    Id(id): Id<JobId>,
) -> ApiResult<Json<JobView>> {
    let mut tx = app.db.account(who.account_id).await?;
    Ok(Json(views::job(&mut tx, id).await?))
}
