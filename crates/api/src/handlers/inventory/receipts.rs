use std::collections::HashMap;

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use suite_core::{
    Error,
    id::{LocationId, PurchaseOrderId, StoreId, VariantId},
    inventory::{PurchaseState, StockLevel},
};
use suite_db::{
    AccountTx,
    inventory::{
        ledger::{Change, Entry},
        purchase_orders::{self, Line, PurchaseOrder},
    },
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    documents::DocumentView,
    lines::{Act, check_lines, check_places, moment, perform, place, reason},
};
use crate::{
    App,
    extract::{Json, Member},
    fields::{self, Faults},
    idempotency::IdempotencyKey,
    problem::{ApiResult, ProblemView},
    respond::Answer,
};

/// Goods that have arrived.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptToMake {
    store_id: Uuid,
    /// Where; the order's location, or the store's default one, when left out.
    location_id: Option<Uuid>,
    /// The order of which they are: what arrives is no longer incoming, and the order is closed with its last piece.
    purchase_order_id: Option<Uuid>,
    /// `receipt` when left out.
    reason: Option<String>,
    /// When they arrived; now when left out, and not later.
    occurred_at: Option<DateTime<Utc>>,
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<ReceiptLine>,
}

/// One variant of a receipt.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptLine {
    variant_id: Uuid,
    /// How many pieces, above zero; may be more than were ordered.
    quantity: String,
    /// What a piece has cost, in the store's currency; the order's price when left out and of the same currency.
    unit_cost: Option<String>,
}

struct Arrived {
    variant_id: VariantId,
    quantity: Decimal,
    unit_cost: Option<Decimal>,
}

impl ReceiptToMake {
    fn check(&self, now: DateTime<Utc>) -> ApiResult<(String, DateTime<Utc>, Vec<Arrived>)> {
        let mut faults = Faults::default();
        check_lines(&mut faults, self.lines.iter().map(|line| line.variant_id));
        let reason = faults.check(reason("reason", self.reason.as_deref(), "receipt"))?;
        let at = faults.check(moment(self.occurred_at, now))?;
        let mut lines = Vec::with_capacity(self.lines.len());
        for (position, line) in self.lines.iter().enumerate() {
            let field = |name| format!("lines[{position}].{name}");
            let quantity = faults.check(fields::positive(&field("quantity"), &line.quantity))?;
            let cost = line.unit_cost.as_deref();
            let cost = cost.map(|text| fields::amount(&field("unit_cost"), text));
            lines.push(Arrived {
                variant_id: line.variant_id.into(),
                quantity: quantity.unwrap_or_default(),
                unit_cost: cost
                    .map(|checked| faults.check(checked))
                    .transpose()?
                    .flatten(),
            });
        }
        let (reason, at) = faults.all(reason.zip(at))?;
        Ok((reason, at, lines))
    }
}

/// Takes goods in.
#[utoipa::path(post, path = "/v1/inventory/receipts", tag = "inventory", request_body = ReceiptToMake,
    responses((status = 201, body = DocumentView), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn receive(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<ReceiptToMake>,
) -> ApiResult<Answer> {
    let now = app.clock.now();
    let (reason, occurred_at, arrived) = body.check(now)?;
    let actor = who.actor();
    let work = async |tx: &mut AccountTx| {
        let store_id = StoreId::from(body.store_id);
        let order = match body.purchase_order_id {
            Some(id) => Some(open_order(tx, store_id, id.into()).await?),
            None => None,
        };
        let meant = order.as_ref().map(|(order, _)| order.location_id.as_uuid());
        let (currency, location_id) = place(tx, store_id, body.location_id.or(meant)).await?;
        let variants: Vec<VariantId> = arrived.iter().map(|line| line.variant_id).collect();
        check_places(tx, store_id, &variants, &[("location_id", location_id)]).await?;
        let mut entries = on_hand(&arrived, location_id);
        if let Some((order, lines)) = &order {
            add_incoming(&mut entries, &arrived, order, lines)?;
        }
        let act = Act {
            store_id,
            kind: "receipt",
            location_id,
            to_location_id: None,
            purchase_order_id: body.purchase_order_id.map(PurchaseOrderId::from),
            reason: &reason,
            actor: &actor,
            occurred_at,
        };
        let answer = perform(tx, &act, currency, &entries, now).await?;
        if let Some((order, lines)) = &order {
            note_arrival(tx, order, lines, &arrived, now).await?;
        }
        Ok(answer)
    };
    key.run(&app, &who, work).await
}

async fn open_order(
    tx: &mut AccountTx,
    store_id: StoreId,
    id: PurchaseOrderId,
) -> ApiResult<(PurchaseOrder, Vec<Line>)> {
    let order = purchase_orders::lock(tx, id).await?;
    let order = order
        .filter(|order| order.store_id == store_id)
        .ok_or_else(|| Error::invalid("purchase_order_id", "is no order of this store"))?;
    if !order.state().is_some_and(PurchaseState::is_open) {
        let reason = format!("the order is {}, nothing can arrive of it", order.state);
        return Err(Error::Conflict { reason }.into());
    }
    let lines = purchase_orders::lines(tx, id).await?;
    Ok((order, lines))
}

fn on_hand(arrived: &[Arrived], location_id: LocationId) -> Vec<Entry> {
    let entries = arrived.iter().enumerate().map(|(position, line)| Entry {
        variant_id: line.variant_id,
        location_id,
        level: StockLevel::OnHand,
        change: Change::By(line.quantity),
        unit_cost: line.unit_cost,
        line: position.to_string(),
    });
    entries.collect()
}

/// What arrives is no longer on its way, as far as it was; it cost what was agreed unless the receipt says otherwise.
fn add_incoming(
    entries: &mut Vec<Entry>,
    arrived: &[Arrived],
    order: &PurchaseOrder,
    lines: &[Line],
) -> ApiResult<()> {
    let lines: HashMap<VariantId, &Line> =
        lines.iter().map(|line| (line.variant_id, line)).collect();
    let mut faults = Faults::default();
    for (position, arrival) in arrived.iter().enumerate() {
        let Some(line) = lines.get(&arrival.variant_id) else {
            let field = format!("lines[{position}].variant_id");
            faults.add(field, "is not on the order");
            continue;
        };
        if order.currency == order.store_currency && entries[position].unit_cost.is_none() {
            entries[position].unit_cost = Some(line.unit_price);
        }
        let expected = arrival.quantity.min(line.outstanding());
        if !expected.is_zero() {
            entries.push(Entry {
                variant_id: arrival.variant_id,
                location_id: order.location_id,
                level: StockLevel::Incoming,
                change: Change::By(-expected),
                unit_cost: None,
                line: format!("{position}:incoming"),
            });
        }
    }
    Ok(faults.all(Some(()))?)
}

async fn note_arrival(
    tx: &mut AccountTx,
    order: &PurchaseOrder,
    lines: &[Line],
    arrived: &[Arrived],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let came: HashMap<VariantId, Decimal> = arrived
        .iter()
        .map(|arrival| (arrival.variant_id, arrival.quantity))
        .collect();
    let noted: Vec<(i32, Decimal)> = lines
        .iter()
        .filter_map(|line| Some((line.position, *came.get(&line.variant_id)?)))
        .collect();
    purchase_orders::add_received(tx, order.id, &noted).await?;
    let is_whole = lines.iter().all(|line| {
        let now_here = came.get(&line.variant_id).copied().unwrap_or_default();
        line.outstanding() <= now_here
    });
    let state = if is_whole {
        PurchaseState::Closed
    } else {
        PurchaseState::PartlyReceived
    };
    purchase_orders::set_state(tx, order.id, state, now).await?;
    Ok(())
}
