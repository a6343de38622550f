use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use serde::Serialize;
use suite_db::operator::workers::{self, WorkerRow};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App,
    extract::{NoFilters, Operator, Query},
    problem::{ApiResult, ProblemView},
};

/// The workers of the fleet.
#[derive(Serialize, ToSchema)]
pub(crate) struct Workers {
    items: Vec<WorkerView>,
}

/// A worker process.
#[derive(Serialize, ToSchema)]
#[schema(as = Worker)]
pub(crate) struct WorkerView {
    /// New with each start.
    id: Uuid,
    name: String,
    host: String,
    pid: i32,
    version: String,
    queues: Vec<String>,
    /// Jobs it runs at a time, over all its queues.
    concurrency: i32,
    /// Jobs it ran at its last beat.
    running: i32,
    started_at: DateTime<Utc>,
    /// When it last gave a sign of life.
    beat_at: DateTime<Utc>,
    /// Whether its lease holds.
    is_alive: bool,
}

impl From<WorkerRow> for WorkerView {
    fn from(row: WorkerRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            host: row.host,
            pid: row.pid,
            version: row.version,
            queues: row.queues,
            concurrency: row.concurrency,
            running: row.running,
            started_at: row.started_at,
            beat_at: row.beat_at,
            is_alive: row.is_alive,
        }
    }
}

/// Lists the worker processes, the living first.
#[utoipa::path(get, path = "/v1/ops/workers", tag = "operator",
    responses((status = 200, body = Workers), (status = 403, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list_workers(
    app: Data<App>,
    _: Operator,
    _: Query<NoFilters>,
) -> ApiResult<Json<Workers>> {
    let mut tx = app.db.fleet().await?;
    let rows = workers::list(&mut tx).await?;
    tx.commit().await?;
    let items = rows.into_iter().map(WorkerView::from).collect();
    Ok(Json(Workers { items }))
}
