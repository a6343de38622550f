use actix_web::{
    HttpRequest,
    web::{Data, Json},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use suite_core::{id::AccountId, job::Queue};
use suite_db::{
    audit,
    operator::queues::{self, QueueRow},
};
use utoipa::ToSchema;

use super::entry;
use crate::{
    App,
    extract::{NoFilters, Operator, Query},
    problem::{ApiResult, Problem, ProblemView},
};

/// The queues of the fleet.
#[derive(Serialize, ToSchema)]
pub(crate) struct Queues {
    items: Vec<QueueView>,
}

/// A queue with its jobs that are not over.
#[derive(Serialize, ToSchema)]
#[schema(as = Queue)]
pub(crate) struct QueueView {
    name: String,
    /// Since when an operator holds it; null while it is open.
    paused_at: Option<DateTime<Utc>>,
    /// Jobs that wait for a worker.
    queued: i64,
    /// Jobs that wait for their time.
    scheduled: i64,
    /// Jobs that failed and wait for their next attempt.
    retrying: i64,
    /// Jobs that a worker has.
    running: i64,
    /// Jobs that failed for good.
    dead: i64,
    /// For how long the oldest has waited since it was due.
    oldest_waiting_seconds: Option<i64>,
}

impl From<QueueRow> for QueueView {
    fn from(row: QueueRow) -> Self {
        Self {
            name: row.name,
            paused_at: row.paused_at,
            queued: row.queued,
            scheduled: row.scheduled,
            retrying: row.retrying,
            running: row.running,
            dead: row.dead,
            oldest_waiting_seconds: row.oldest_waiting_seconds,
        }
    }
}

/// Whether a queue is held.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueueState {
    name: &'static str,
    /// Whether it is held now.
    paused: bool,
    /// Whether this request changed that.
    changed: bool,
}

/// Lists the queues with what waits in them, counted by PostgreSQL.
#[utoipa::path(get, path = "/v1/ops/queues", tag = "operator",
    responses((status = 200, body = Queues), (status = 403, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list_queues(
    app: Data<App>,
    _: Operator,
    _: Query<NoFilters>,
) -> ApiResult<Json<Queues>> {
    let mut tx = app.db.fleet().await?;
    let rows = queues::list(&mut tx).await?;
    tx.commit().await?;
    let items = rows.into_iter().map(QueueView::from).collect();
    Ok(Json(Queues { items }))
}

/// Starts no more jobs of a queue in the whole fleet; running ones go on.
#[utoipa::path(post, path = "/v1/ops/queues/{name}/pause", tag = "operator",
    params(("name" = String, Path)),
    responses((status = 200, body = QueueState), (status = 403, body = ProblemView),
        (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn pause_queue(
    app: Data<App>,
    who: Operator,
    request: HttpRequest,
) -> ApiResult<Json<QueueState>> {
    steer(&app, &who, &request, true).await
}

/// Lets a queue go on.
#[utoipa::path(post, path = "/v1/ops/queues/{name}/resume", tag = "operator",
    params(("name" = String, Path)),
    responses((status = 200, body = QueueState), (status = 403, body = ProblemView),
        (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn resume_queue(
    app: Data<App>,
    who: Operator,
    request: HttpRequest,
) -> ApiResult<Json<QueueState>> {
    steer(&app, &who, &request, false).await
}

async fn steer(
    app: &App,
    who: &Operator,
    request: &HttpRequest,
    paused: bool,
) -> ApiResult<Json<QueueState>> {
    let name = request.match_info().get("name").unwrap_or_default();
    let queue: Queue = name.parse().map_err(|_| Problem::no_such_page())?;
    let mut tx = app.db.fleet().await?;
    let (changed, action) = if paused {
        (queues::pause(&mut tx, queue).await?, "pause_queue")
    } else {
        (queues::resume(&mut tx, queue).await?, "resume_queue")
    };
    if changed {
        let entry = entry(app, &who.0, action, queue.name().to_owned(), json!({}));
        audit::record_for(&mut tx, AccountId::OPERATOR, &entry).await?;
    }
    tx.commit().await?;
    Ok(Json(QueueState {
        name: queue.name(),
        paused,
        changed,
    }))
}
