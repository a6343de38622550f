use actix_web::web::Data;
use suite_core::{
    Error,
    id::PurchaseOrderId,
    inventory::{PurchaseState, StockLevel},
};
use suite_db::{
    AccountTx,
    inventory::{
        ledger::{self, Change, Entry, Source},
        purchase_orders::{self, PurchaseOrder},
    },
};

use super::{PurchaseOrderDetail, detail, missing};
use crate::{
    App,
    extract::{Id, IfMatch, Member, etag},
    idempotency::IdempotencyKey,
    problem::{ApiResult, ProblemView},
    respond::Answer,
};

/// Marks a draft as sent: what it orders is `incoming` from now on. Sending it to the vendor is yours to do.
#[utoipa::path(post, path = "/v1/purchase-orders/{id}/send", tag = "purchasing",
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    responses((status = 200, body = PurchaseOrderDetail), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView), (status = 412, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn send(
    app: Data<App>,
    who: Member,
    Id(id): Id<PurchaseOrderId>,
    version: IfMatch,
    key: IdempotencyKey,
) -> ApiResult<Answer> {
    let work =
        async |tx: &mut AccountTx| steer(tx, &app, &who, (id, &version), PurchaseState::Sent).await;
    key.run(&app, &who, work).await
}

/// Calls an order off of which nothing has arrived: nothing of it is `incoming` any more.
#[utoipa::path(post, path = "/v1/purchase-orders/{id}/cancel", tag = "purchasing",
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    responses((status = 200, body = PurchaseOrderDetail), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView), (status = 412, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn cancel(
    app: Data<App>,
    who: Member,
    Id(id): Id<PurchaseOrderId>,
    version: IfMatch,
    key: IdempotencyKey,
) -> ApiResult<Answer> {
    let work = async |tx: &mut AccountTx| {
        steer(tx, &app, &who, (id, &version), PurchaseState::Cancelled).await
    };
    key.run(&app, &who, work).await
}

/// Closes an order whose rest will not come: it is not `incoming` any more.
#[utoipa::path(post, path = "/v1/purchase-orders/{id}/close", tag = "purchasing",
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    responses((status = 200, body = PurchaseOrderDetail), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView), (status = 412, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn close(
    app: Data<App>,
    who: Member,
    Id(id): Id<PurchaseOrderId>,
    version: IfMatch,
    key: IdempotencyKey,
) -> ApiResult<Answer> {
    let work = async |tx: &mut AccountTx| {
        steer(tx, &app, &who, (id, &version), PurchaseState::Closed).await
    };
    key.run(&app, &who, work).await
}

async fn steer(
    tx: &mut AccountTx,
    app: &App,
    who: &Member,
    (id, version): (PurchaseOrderId, &IfMatch),
    next: PurchaseState,
) -> ApiResult<Answer> {
    let order = purchase_orders::lock(tx, id).await?.ok_or_else(missing)?;
    version.check(order.revision)?;
    let state = order.state();
    if !state.is_some_and(|state| state.may_become(next)) {
        let reason = format!("the order is {} and cannot become {next}", order.state);
        return Err(Error::Conflict { reason }.into());
    }
    let is_open = state.is_some_and(PurchaseState::is_open);
    if next == PurchaseState::Sent || is_open {
        move_incoming(tx, app, &order, next, &who.actor()).await?;
    }
    purchase_orders::set_state(tx, id, next, app.clock.now()).await?;
    let (view, revision) = detail(tx, id).await?;
    Ok(Answer::ok(&view)?.etag(etag(revision)))
}

/// What was sent comes in; of what ends, the rest comes no more.
async fn move_incoming(
    tx: &mut AccountTx,
    app: &App,
    order: &PurchaseOrder,
    next: PurchaseState,
    actor: &str,
) -> ApiResult<()> {
    let is_sent = next == PurchaseState::Sent;
    let lines = purchase_orders::lines(tx, order.id).await?;
    let entries: Vec<Entry> = lines
        .iter()
        .filter(|line| !line.outstanding().is_zero())
        .map(|line| {
            let rest = line.outstanding();
            Entry {
                variant_id: line.variant_id,
                location_id: order.location_id,
                level: StockLevel::Incoming,
                change: Change::By(if is_sent { rest } else { -rest }),
                unit_cost: None,
                line: format!("{}:{next}", line.position),
            }
        })
        .collect();
    let source = Source {
        kind: "purchase_order",
        reference: &order.id.to_string(),
        reason: next.name(),
        actor,
        occurred_at: app.clock.now(),
    };
    ledger::post(tx, order.store_id, &source, &entries).await?;
    Ok(())
}
