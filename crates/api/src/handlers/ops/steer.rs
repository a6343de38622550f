use actix_web::web::{Data, Json};
use serde_json::json;
use suite_core::{
    Error,
    id::{AccountId, JobId},
    job::JobState,
};
use suite_db::{AccountTx, audit, jobs as rows};

use super::{
    entry,
    jobs::{OpsJobView, find},
};
use crate::{
    App,
    extract::{Id, Operator},
    problem::{ApiResult, ProblemView},
};

/// What an operator does to a job.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Cancel,
    Kill,
    Retry,
}

/// Calls a job of any account off: at once while it waits, within two seconds while it runs.
#[utoipa::path(post, path = "/v1/ops/jobs/{id}/cancel", tag = "operator", params(("id" = Uuid, Path)),
    responses((status = 200, body = OpsJobView), (status = 403, body = ProblemView),
        (status = 404, body = ProblemView), (status = 409, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn cancel_job(
    app: Data<App>,
    who: Operator,
    Id(id): Id<JobId>,
) -> ApiResult<Json<OpsJobView>> {
    steer(&app, &who, id, Order::Cancel).await
}

/// Takes a running job from its worker at once: the attempt ends as cancelled, and nothing that it still writes counts.
#[utoipa::path(post, path = "/v1/ops/jobs/{id}/kill", tag = "operator", params(("id" = Uuid, Path)),
    responses((status = 200, body = OpsJobView), (status = 403, body = ProblemView),
        (status = 404, body = ProblemView), (status = 409, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn kill_job(
    app: Data<App>,
    who: Operator,
    Id(id): Id<JobId>,
) -> ApiResult<Json<OpsJobView>> {
    steer(&app, &who, id, Order::Kill).await
}

/// Runs a job of any account again that is dead or cancelled, or at once when it waits for its time.
#[utoipa::path(post, path = "/v1/ops/jobs/{id}/retry", tag = "operator", params(("id" = Uuid, Path)),
    responses((status = 200, body = OpsJobView), (status = 403, body = ProblemView),
        (status = 404, body = ProblemView), (status = 409, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn retry_job(
    app: Data<App>,
    who: Operator,
    Id(id): Id<JobId>,
) -> ApiResult<Json<OpsJobView>> {
    steer(&app, &who, id, Order::Retry).await
}

async fn steer(app: &App, who: &Operator, id: JobId, order: Order) -> ApiResult<Json<OpsJobView>> {
    let row = find(app, id).await?;
    let account_id = AccountId::from(row.account_id);
    if order == Order::Kill && row.state != JobState::Running.name() {
        return Err(not_running().into());
    }
    let mut tx = app.db.account(account_id).await?;
    let (action, started) = match order {
        Order::Cancel => {
            rows::cancel(&mut tx, id).await?;
            ("cancel_job", None)
        }
        Order::Kill => {
            rows::cancel(&mut tx, id).await?;
            ("kill_job", None)
        }
        Order::Retry => ("retry_job", Some(rows::retry(&mut tx, id).await?)),
    };
    let detail = json!({ "kind": row.kind, "state": row.state });
    note(&mut tx, app, who, action, id, detail).await?;
    tx.commit().await?;
    app.broker.dispatch(started.as_slice());
    if order == Order::Kill {
        let mut connection = app.db.fleet_connection().await?;
        let started = rows::kill(&mut connection, account_id, id).await?;
        app.broker.dispatch(&started.unwrap_or_default());
    }
    app.broker.announce_stop(account_id, id);
    Ok(Json(find(app, id).await?.into()))
}

async fn note(
    tx: &mut AccountTx,
    app: &App,
    who: &Operator,
    action: &'static str,
    id: JobId,
    detail: serde_json::Value,
) -> ApiResult<()> {
    let entry = entry(app, &who.0, action, id.to_string(), detail);
    Ok(audit::record(tx, &entry).await?)
}

fn not_running() -> Error {
    Error::Conflict {
        reason: "only a job that runs can be killed".to_owned(),
    }
}
