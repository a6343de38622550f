use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    id::{LocationId, StoreId, VariantId},
    inventory::StockLevel,
    money::{Currency, format_quantity},
};
use suite_db::inventory::movements::{self, Movement, MovementFilter};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Listing, Member, PageParams},
    problem::{ApiResult, ProblemView},
    respond::PageOf,
};

/// A line of the ledger: one change of one level. Lines are only ever added.
#[derive(Serialize, ToSchema)]
#[schema(as = StockMovement)]
pub(crate) struct MovementView {
    id: Uuid,
    store_id: Uuid,
    variant_id: Uuid,
    sku: String,
    location_id: Uuid,
    /// Which level changed: `on_hand`, `reserved` or `incoming`.
    level: String,
    /// By how much: `after − before`.
    quantity: String,
    before: String,
    after: String,
    /// What a piece has cost, in `currency`, where that was said.
    unit_cost: Option<String>,
    currency: String,
    reason: String,
    /// What changed it: `adjustment`, `count`, `transfer`, `receipt`, `purchase_order`, or the format of an import.
    source: String,
    /// Which one: the id of the document or order, or the number of the invoice.
    source_ref: String,
    /// Who: `user:…`, `token:…` or `import:…`.
    actor: String,
    /// When it happened.
    occurred_at: DateTime<Utc>,
    /// When it was written down.
    created_at: DateTime<Utc>,
}

impl From<Movement> for MovementView {
    fn from(movement: Movement) -> Self {
        let currency: Option<Currency> = movement.currency.parse().ok();
        let format = |amount| match currency {
            Some(currency) => currency.format(amount),
            None => format_quantity(amount),
        };
        Self {
            id: movement.id.into(),
            store_id: movement.store_id.into(),
            variant_id: movement.variant_id.into(),
            sku: movement.sku,
            location_id: movement.location_id.into(),
            level: movement.level,
            quantity: format_quantity(movement.quantity),
            before: format_quantity(movement.before),
            after: format_quantity(movement.after),
            unit_cost: movement.unit_cost.map(format),
            currency: movement.currency,
            reason: movement.reason,
            source: movement.source,
            source_ref: movement.source_ref,
            actor: movement.actor,
            occurred_at: movement.occurred_at,
            created_at: movement.created_at,
        }
    }
}

/// Which lines to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MovementFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
    /// Only of this variant.
    variant_id: Option<Uuid>,
    /// Only at this location.
    location_id: Option<Uuid>,
    /// Only of this level: `on_hand`, `reserved` or `incoming`.
    level: Option<String>,
    /// Only by this kind of act, such as `count`.
    source: Option<String>,
    /// Only by this act.
    source_ref: Option<String>,
}

/// Lists the ledger, the last line first.
#[utoipa::path(get, path = "/v1/inventory/movements", tag = "inventory", params(MovementFilters, PageParams),
    responses((status = 200, body = PageOf<MovementView>), (status = 401, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<MovementFilters>,
) -> ApiResult<PageOf<MovementView>> {
    let (page, filters) = (listing.page, listing.filters);
    let level = filters.level.as_deref().map(str::parse::<StockLevel>);
    let level = level
        .transpose()
        .map_err(|_| Error::invalid("level", "must be one of on_hand, reserved, incoming"))?;
    let filter = MovementFilter {
        store_id: filters.store_id.map(StoreId::from),
        variant_id: filters.variant_id.map(VariantId::from),
        location_id: filters.location_id.map(LocationId::from),
        level: level.map(|level| level.name().to_owned()),
        source: filters.source,
        source_ref: filters.source_ref,
    };
    let mut tx = app.db.account(who.account_id).await?;
    let rows = movements::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, MovementView::from)
}
