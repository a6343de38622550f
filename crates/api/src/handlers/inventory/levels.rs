use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use suite_core::{
    id::{LocationId, StoreId, VariantId},
    money::format_quantity,
};
use suite_db::inventory::levels::{self, Level, LevelFilter};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Listing, Member, PageParams},
    fields,
    problem::{ApiResult, ProblemView},
    respond::PageOf,
};

/// What lies of a variant at a location. Quantities are decimal strings.
#[derive(Serialize, ToSchema)]
#[schema(as = StockLevel)]
pub(crate) struct LevelView {
    store_id: Uuid,
    variant_id: Uuid,
    /// Empty when the source has none.
    sku: String,
    title: String,
    location_id: Uuid,
    location: String,
    /// On the shelf. Below zero when more was taken than was known to be there.
    on_hand: String,
    /// On the shelf and promised to somebody.
    reserved: String,
    /// `on_hand − reserved`: what can be sold.
    available: String,
    /// On order from vendors and not there yet; not part of `available`.
    incoming: String,
    /// At or below which the variant counts as low: its own threshold, else the store's.
    low_stock_threshold: String,
    /// Whether `available` at all locations together is at or below the threshold.
    is_low: bool,
    /// When one of the levels last changed.
    updated_at: DateTime<Utc>,
}

impl From<Level> for LevelView {
    fn from(level: Level) -> Self {
        Self {
            store_id: level.store_id.into(),
            variant_id: level.variant_id.into(),
            sku: level.sku,
            title: level.title,
            location_id: level.location_id.into(),
            location: level.location,
            on_hand: format_quantity(level.on_hand),
            reserved: format_quantity(level.reserved),
            available: format_quantity(level.on_hand - level.reserved),
            incoming: format_quantity(level.incoming),
            low_stock_threshold: format_quantity(level.threshold),
            is_low: level.is_low,
            updated_at: level.updated_at,
        }
    }
}

/// Which levels to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LevelFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
    /// Only at this location.
    location_id: Option<Uuid>,
    /// Only of this variant.
    variant_id: Option<Uuid>,
    /// Only of the variant with this SKU, exactly.
    sku: Option<String>,
    /// Only of variants whose SKU or title holds it, in any case of letters.
    search: Option<String>,
    /// Only where no more than this is available, such as `0`.
    available_up_to: Option<String>,
    /// Only of variants that are low, or with `false` only of those that are not.
    is_low: Option<bool>,
}

/// Lists what lies where: every variant and location of which the ledger has an entry.
#[utoipa::path(get, path = "/v1/inventory", tag = "inventory", params(LevelFilters, PageParams),
    responses((status = 200, body = PageOf<LevelView>), (status = 401, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<LevelFilters>,
) -> ApiResult<PageOf<LevelView>> {
    let (page, filters) = (listing.page, listing.filters);
    let most = filters.available_up_to.as_deref();
    let filter = LevelFilter {
        store_id: filters.store_id.map(StoreId::from),
        location_id: filters.location_id.map(LocationId::from),
        variant_id: filters.variant_id.map(VariantId::from),
        sku: filters.sku,
        search: filters.search,
        available_up_to: most
            .map(|text| fields::number("available_up_to", text))
            .transpose()?,
        is_low: filters.is_low,
    };
    let mut tx = app.db.account(who.account_id).await?;
    let rows = levels::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    PageOf::new(
        &page,
        rows,
        |row| (row.variant_id, row.location_id),
        LevelView::from,
    )
}
