use actix_web::web::Data;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use suite_core::{
    id::{LocationId, VariantId},
    inventory::StockLevel,
};
use suite_db::{
    AccountTx,
    inventory::ledger::{Change, Entry},
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

/// Stock that came or went without an order: found, broken, given away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdjustmentToMake {
    store_id: Uuid,
    /// Where; the store's default location when left out.
    location_id: Option<Uuid>,
    /// Why, for whoever reads the ledger.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
    /// When it happened; now when left out, and not later.
    occurred_at: Option<DateTime<Utc>>,
    #[schema(min_items = 1, max_items = 1000)]
    lines: Vec<AdjustmentLine>,
}

/// One variant of an adjustment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdjustmentLine {
    variant_id: Uuid,
    /// By how many pieces, such as `-2`; not zero.
    quantity: String,
    /// Which level: `on_hand` (the default) or `reserved`. What is incoming follows from purchase orders.
    level: Option<String>,
    /// What a piece has cost, in the store's currency; only for pieces that came.
    unit_cost: Option<String>,
}

/// What was counted on a shelf.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountToMake {
    store_id: Uuid,
    /// Where; the store's default location when left out.
    location_id: Option<Uuid>,
    /// `count` when left out.
    reason: Option<String>,
    /// When it was counted; now when left out, and not later.
    occurred_at: Option<DateTime<Utc>>,
    #[schema(min_items = 1, max_items = 1000)]
    lines: Vec<CountLine>,
}

/// One variant of a count.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountLine {
    variant_id: Uuid,
    /// How many pieces lie there, zero or more. The ledger gets the difference from what was known.
    counted: String,
}

/// Stock that goes from one location to another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransferToMake {
    store_id: Uuid,
    from_location_id: Uuid,
    to_location_id: Uuid,
    /// `transfer` when left out.
    reason: Option<String>,
    /// When it happened; now when left out, and not later.
    occurred_at: Option<DateTime<Utc>>,
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<TransferLine>,
}

/// One variant of a transfer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransferLine {
    variant_id: Uuid,
    /// How many pieces, above zero. More than lie there leave a level below zero, which is shown.
    quantity: String,
}

type Checked<T> = (String, DateTime<Utc>, Vec<T>);

impl AdjustmentToMake {
    fn check(
        &self,
        now: DateTime<Utc>,
    ) -> ApiResult<Checked<(StockLevel, Decimal, Option<Decimal>)>> {
        let mut faults = Faults::default();
        check_lines(&mut faults, self.lines.iter().map(|line| line.variant_id));
        let reason = faults.check(fields::name("reason", &self.reason))?;
        let at = faults.check(moment(self.occurred_at, now))?;
        let mut lines = Vec::with_capacity(self.lines.len());
        for (position, line) in self.lines.iter().enumerate() {
            let field = |name| format!("lines[{position}].{name}");
            let quantity = faults.check(fields::number(&field("quantity"), &line.quantity))?;
            if quantity.is_some_and(|quantity| quantity.is_zero()) {
                faults.add(field("quantity"), "must not be zero");
            }
            let known = [StockLevel::OnHand.name(), StockLevel::Reserved.name()];
            let level = line.level.as_deref().unwrap_or(known[0]);
            let level = faults.check(fields::one_of(&field("level"), level, &known))?;
            let cost = line.unit_cost.as_deref();
            let cost = cost.map(|text| fields::amount(&field("unit_cost"), text));
            let cost = cost
                .map(|checked| faults.check(checked))
                .transpose()?
                .flatten();
            let is_on_hand = level == Some(known[0]);
            if cost.is_some() && (quantity < Some(Decimal::ZERO) || !is_on_hand) {
                faults.add(field("unit_cost"), "is for pieces that came only");
            }
            let level = if is_on_hand {
                StockLevel::OnHand
            } else {
                StockLevel::Reserved
            };
            lines.push((level, quantity.unwrap_or_default(), cost));
        }
        let (reason, at) = faults.all(reason.zip(at))?;
        Ok((reason, at, lines))
    }
}

/// Adds to what lies on a shelf, or takes from it.
#[utoipa::path(post, path = "/v1/inventory/adjustments", tag = "inventory", request_body = AdjustmentToMake,
    responses((status = 201, body = DocumentView), (status = 404, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn adjust(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<AdjustmentToMake>,
) -> ApiResult<Answer> {
    let now = app.clock.now();
    let (reason, occurred_at, lines) = body.check(now)?;
    let actor = who.actor();
    let work = async |tx: &mut AccountTx| {
        let store_id = body.store_id.into();
        let (currency, location_id) = place(tx, store_id, body.location_id).await?;
        let variants: Vec<VariantId> = ids(body.lines.iter().map(|line| line.variant_id));
        check_places(tx, store_id, &variants, &[("location_id", location_id)]).await?;
        let entries: Vec<Entry> = variants
            .iter()
            .zip(&lines)
            .enumerate()
            .map(
                |(position, (variant_id, (level, quantity, unit_cost)))| Entry {
                    level: *level,
                    unit_cost: *unit_cost,
                    ..entry(position, *variant_id, location_id, Change::By(*quantity))
                },
            )
            .collect();
        let act = act(
            store_id,
            "adjustment",
            location_id,
            (&reason, &actor),
            occurred_at,
        );
        perform(tx, &act, currency, &entries, now).await
    };
    key.run(&app, &who, work).await
}

impl CountToMake {
    fn check(&self, now: DateTime<Utc>) -> ApiResult<Checked<Decimal>> {
        let mut faults = Faults::default();
        check_lines(&mut faults, self.lines.iter().map(|line| line.variant_id));
        let reason = faults.check(reason("reason", self.reason.as_deref(), "count"))?;
        let at = faults.check(moment(self.occurred_at, now))?;
        let mut lines = Vec::with_capacity(self.lines.len());
        for (position, line) in self.lines.iter().enumerate() {
            let field = format!("lines[{position}].counted");
            let counted = faults.check(fields::amount(&field, &line.counted))?;
            lines.push(counted.unwrap_or_default());
        }
        let (reason, at) = faults.all(reason.zip(at))?;
        Ok((reason, at, lines))
    }
}

/// Sets what lies on a shelf to what was counted.
#[utoipa::path(post, path = "/v1/inventory/counts", tag = "inventory", request_body = CountToMake,
    responses((status = 201, body = DocumentView), (status = 404, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn count(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<CountToMake>,
) -> ApiResult<Answer> {
    let now = app.clock.now();
    let (reason, occurred_at, lines) = body.check(now)?;
    let actor = who.actor();
    let work = async |tx: &mut AccountTx| {
        let store_id = body.store_id.into();
        let (currency, location_id) = place(tx, store_id, body.location_id).await?;
        let variants: Vec<VariantId> = ids(body.lines.iter().map(|line| line.variant_id));
        check_places(tx, store_id, &variants, &[("location_id", location_id)]).await?;
        let entries: Vec<Entry> = variants
            .iter()
            .zip(&lines)
            .enumerate()
            .map(|(position, (id, counted))| {
                entry(position, *id, location_id, Change::To(*counted))
            })
            .collect();
        let act = act(
            store_id,
            "count",
            location_id,
            (&reason, &actor),
            occurred_at,
        );
        perform(tx, &act, currency, &entries, now).await
    };
    key.run(&app, &who, work).await
}

impl TransferToMake {
    fn check(&self, now: DateTime<Utc>) -> ApiResult<Checked<Decimal>> {
        let mut faults = Faults::default();
        check_lines(&mut faults, self.lines.iter().map(|line| line.variant_id));
        if self.from_location_id == self.to_location_id {
            faults.add("to_location_id", "must be another location");
        }
        let reason = faults.check(reason("reason", self.reason.as_deref(), "transfer"))?;
        let at = faults.check(moment(self.occurred_at, now))?;
        let mut lines = Vec::with_capacity(self.lines.len());
        for (position, line) in self.lines.iter().enumerate() {
            let field = format!("lines[{position}].quantity");
            let quantity = faults.check(fields::positive(&field, &line.quantity))?;
            lines.push(quantity.unwrap_or_default());
        }
        let (reason, at) = faults.all(reason.zip(at))?;
        Ok((reason, at, lines))
    }
}

/// Moves stock from one location to another, at once.
#[utoipa::path(post, path = "/v1/inventory/transfers", tag = "inventory", request_body = TransferToMake,
    responses((status = 201, body = DocumentView), (status = 404, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn transfer(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<TransferToMake>,
) -> ApiResult<Answer> {
    let now = app.clock.now();
    let (reason, occurred_at, lines) = body.check(now)?;
    let actor = who.actor();
    let work = async |tx: &mut AccountTx| {
        let store_id = body.store_id.into();
        let (currency, from) = place(tx, store_id, Some(body.from_location_id)).await?;
        let to = LocationId::from(body.to_location_id);
        let variants: Vec<VariantId> = ids(body.lines.iter().map(|line| line.variant_id));
        let places = [("from_location_id", from), ("to_location_id", to)];
        check_places(tx, store_id, &variants, &places).await?;
        let mut entries = Vec::with_capacity(2 * lines.len());
        for (position, (id, quantity)) in variants.iter().zip(&lines).enumerate() {
            let mut out = entry(position, *id, from, Change::By(-*quantity));
            let mut into = entry(position, *id, to, Change::By(*quantity));
            out.line.push_str(":out");
            into.line.push_str(":in");
            entries.extend([out, into]);
        }
        let act = Act {
            to_location_id: Some(to),
            ..act(store_id, "transfer", from, (&reason, &actor), occurred_at)
        };
        perform(tx, &act, currency, &entries, now).await
    };
    key.run(&app, &who, work).await
}

fn ids<T: From<Uuid>>(ids: impl Iterator<Item = Uuid>) -> Vec<T> {
    ids.map(T::from).collect()
}

fn entry(position: usize, variant_id: VariantId, location_id: LocationId, change: Change) -> Entry {
    Entry {
        variant_id,
        location_id,
        level: StockLevel::OnHand,
        change,
        unit_cost: None,
        line: position.to_string(),
    }
}

fn act<'a>(
    store_id: suite_core::id::StoreId,
    kind: &'static str,
    location_id: LocationId,
    (reason, actor): (&'a str, &'a str),
    occurred_at: DateTime<Utc>,
) -> Act<'a> {
    Act {
        store_id,
        kind,
        location_id,
        to_location_id: None,
        purchase_order_id: None,
        reason,
        actor,
        occurred_at,
    }
}
