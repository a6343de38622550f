use actix_web::web::Data;
use suite_core::id::JobId;
use suite_db::{AccountTx, jobs};

use super::JobView;
use crate::{
    App,
    extract::{Id, Member},
    idempotency::IdempotencyKey,
    problem::{ApiResult, ProblemView},
    respond::Answer,
    views,
};

/// Calls a job off: at once while it waits, within two seconds while it runs.
#[utoipa::path(post, path = "/v1/jobs/{id}/cancel", tag = "jobs", params(("id" = Uuid, Path)),
    responses((status = 200, body = JobView), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn cancel(
    app: Data<App>,
    who: Member,
    Id(id): Id<JobId>,
    key: IdempotencyKey,
) -> ApiResult<Answer> {
    let work = async |tx: &mut AccountTx| {
        jobs::cancel(tx, id).await?;
        Answer::ok(&views::job(tx, id).await?)
    };
    let answer = key.run(&app, &who, work).await?;
    app.broker.announce_stop(who.account_id, id);
    Ok(answer)
}

/// Runs a job again that is dead or cancelled, or at once when it waits for its time.
#[utoipa::path(post, path = "/v1/jobs/{id}/retry", tag = "jobs", params(("id" = Uuid, Path)),
    responses((status = 202, body = JobView), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn retry(
    app: Data<App>,
    who: Member,
    Id(id): Id<JobId>,
    key: IdempotencyKey,
) -> ApiResult<Answer> {
    let work = async |tx: &mut AccountTx| {
        let job = jobs::retry(tx, id).await?;
        views::accepted(tx, job).await
    };
    let answer = key.run(&app, &who, work).await?;
    app.broker.announce(who.account_id, id);
    Ok(answer)
}
