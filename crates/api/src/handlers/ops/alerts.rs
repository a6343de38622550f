use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use serde::Serialize;
use suite_db::alerts::{self, AlertRow};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App,
    extract::{NoFilters, Operator, Query},
    problem::{ApiResult, ProblemView},
};

/// Alerts listed at most: those that stand, and the latest that are over.
const LISTED: i64 = 100;

/// What is out of order, and what was.
#[derive(Serialize, ToSchema)]
pub(crate) struct Alerts {
    items: Vec<AlertView>,
}

/// Something that is or was out of order.
#[derive(Serialize, ToSchema)]
#[schema(as = Alert)]
pub(crate) struct AlertView {
    id: Uuid,
    /// Its kind; a page of the runbook bears the same name.
    kind: String,
    /// What is or was wrong.
    fault: String,
    began_at: DateTime<Utc>,
    /// When it was last seen.
    seen_at: DateTime<Utc>,
    /// Until when; null while it stands.
    ended_at: Option<DateTime<Utc>>,
}

impl From<AlertRow> for AlertView {
    fn from(row: AlertRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            fault: row.fault,
            began_at: row.began_at,
            seen_at: row.seen_at,
            ended_at: row.ended_at,
        }
    }
}

/// Lists what is out of order, and below it the latest hundred that are over.
#[utoipa::path(get, path = "/v1/ops/alerts", tag = "operator",
    responses((status = 200, body = Alerts), (status = 403, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list_alerts(
    app: Data<App>,
    _: Operator,
    _: Query<NoFilters>,
) -> ApiResult<Json<Alerts>> {
    let mut tx = app.db.fleet().await?;
    let rows = alerts::list(&mut tx, LISTED).await?;
    tx.commit().await?;
    let items = rows.into_iter().map(AlertView::from).collect();
    Ok(Json(Alerts { items }))
}
