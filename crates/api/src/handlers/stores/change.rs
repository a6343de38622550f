use actix_web::web::Data;
use serde::Deserialize;
use suite_core::{Error, id::StoreId, job::NewJob, jobs::DeleteStore};
use suite_db::{
    AccountTx, jobs,
    stores::{self, Store, StoreChange},
};
use utoipa::ToSchema;

use super::{StoreView, currency, missing, timezone};
use crate::{
    App,
    extract::{Id, IfMatch, Json, Member, etag},
    fields::{self, Faults},
    handlers::report_schedules,
    idempotency::IdempotencyKey,
    middleware::request,
    problem::{ApiResult, ProblemView},
    respond::Answer,
};

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreToChange {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Only while nothing was sold: amounts are kept in it.
    currency: Option<String>,
    /// Only while nothing was sold: days are counted in it.
    timezone: Option<String>,
}

impl StoreToChange {
    fn check(&self) -> ApiResult<StoreChange> {
        let mut faults = Faults::default();
        let name = self.name.as_ref().map(|name| fields::name("name", name));
        let name = name.map(|checked| faults.check(checked)).transpose()?;
        let money = self.currency.as_deref().map(currency);
        let money = money.map(|checked| faults.check(checked)).transpose()?;
        let zone = self.timezone.as_deref().map(timezone);
        let zone = zone.map(|checked| faults.check(checked)).transpose()?;
        Ok(faults.all(Some(StoreChange {
            name: name.flatten(),
            currency: money.flatten(),
            timezone: zone.flatten(),
        }))?)
    }
}

/// Changes a store.
#[utoipa::path(patch, path = "/v1/stores/{id}", tag = "stores", request_body = StoreToChange,
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    responses((status = 200, body = StoreView), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView), (status = 412, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn update(
    app: Data<App>,
    who: Member,
    Id(id): Id<StoreId>,
    version: IfMatch,
    key: IdempotencyKey,
    Json(body): Json<StoreToChange>,
) -> ApiResult<Answer> {
    let change = body.check()?;
    let work = async |tx: &mut AccountTx| {
        let store = lock(tx, id, &version).await?;
        check_history(tx, &store, &change).await?;
        let store = stores::update(tx, id, &change, app.clock.now()).await?;
        let store = store.ok_or_else(missing)?;
        if change.timezone.is_some() {
            report_schedules::follow_store(tx, &store).await?;
        }
        let tag = etag(store.revision);
        Ok(Answer::ok(&StoreView::from(store))?.etag(tag))
    };
    key.run(&app, &who, work).await
}

async fn lock(tx: &mut AccountTx, id: StoreId, version: &IfMatch) -> ApiResult<Store> {
    let store = stores::lock(tx, id).await?.ok_or_else(missing)?;
    version.check(store.revision)?;
    Ok(store)
}

/// Sums by day and amounts in the old currency would be left behind.
async fn check_history(tx: &mut AccountTx, store: &Store, change: &StoreChange) -> ApiResult<()> {
    let moves_money = change.currency.is_some_and(|new| new != store.currency);
    let moves_days = change
        .timezone
        .as_ref()
        .is_some_and(|new| *new != store.timezone);
    if (moves_money || moves_days) && stores::has_orders(tx, store.id).await? {
        let reason = "currency and time zone of a store with orders stay as they are".to_owned();
        return Err(Error::Conflict { reason }.into());
    }
    Ok(())
}

/// Deletes a store: it is gone at once, and a job erases what is below it.
#[utoipa::path(delete, path = "/v1/stores/{id}", tag = "stores",
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    responses((status = 204, description = "Deleted."), (status = 404, body = ProblemView),
        (status = 412, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn delete(
    app: Data<App>,
    who: Member,
    Id(id): Id<StoreId>,
    version: IfMatch,
    key: IdempotencyKey,
) -> ApiResult<Answer> {
    let work = async |tx: &mut AccountTx| {
        lock(tx, id, &version).await?;
        stores::mark_deleted(tx, id, app.clock.now()).await?;
        let job = NewJob::new(who.account_id, &DeleteStore { store_id: id })?
            .traced(request::current_traceparent());
        let job = jobs::enqueue(tx, job).await?.job;
        Ok(Answer::no_content().starting(job))
    };
    key.run(&app, &who, work).await
}
