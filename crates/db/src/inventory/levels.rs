//! What lies where.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Numeric},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::id::{LocationId, StoreId, VariantId};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{locations, stock_levels, stores, variants},
    search,
};

/// The levels of a variant at a location.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Level {
    /// The store.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// The variant.
    #[diesel(deserialize_as = Uuid)]
    pub variant_id: VariantId,
    /// Its SKU; empty when the source has none.
    pub sku: String,
    /// What people call it.
    pub title: String,
    /// The location.
    #[diesel(deserialize_as = Uuid)]
    pub location_id: LocationId,
    /// What people call it.
    pub location: String,
    /// On the shelf; may be below zero.
    pub on_hand: Decimal,
    /// On the shelf and promised.
    pub reserved: Decimal,
    /// Ordered and not there yet.
    pub incoming: Decimal,
    /// On hand less reserved.
    pub available: Option<Decimal>,
    /// When one of them last changed.
    pub updated_at: DateTime<Utc>,
    /// At or below which the variant is low.
    pub threshold: Decimal,
    /// Whether it is, at all locations together.
    pub is_low: bool,
}

/// The variant's own threshold, else the store's.
const THRESHOLD: &str = "coalesce(variants.low_stock_threshold, stores.low_stock_threshold)";

/// One location may be empty while another is full: what can be sold counts at all of them.
const IS_LOW: &str = "(coalesce((SELECT sum(every.available) FROM stock_levels AS every \
     WHERE every.account_id = stock_levels.account_id AND every.variant_id = stock_levels.variant_id), 0) \
     <= coalesce(variants.low_stock_threshold, stores.low_stock_threshold))";

/// Which levels to list; all when empty.
#[derive(Debug, Clone, Default)]
pub struct LevelFilter {
    /// Only of this store.
    pub store_id: Option<StoreId>,
    /// Only at this location.
    pub location_id: Option<LocationId>,
    /// Only of this variant.
    pub variant_id: Option<VariantId>,
    /// Only of the variant with this SKU, exactly.
    pub sku: Option<String>,
    /// Only of variants whose SKU or title holds it, in any case of letters.
    pub search: Option<String>,
    /// Only where no more than this is available.
    pub available_up_to: Option<Decimal>,
    /// Only of variants that are low, or only of those that are not.
    pub is_low: Option<bool>,
}

/// Lists levels by variant and location, those after `after` only.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    filter: &LevelFilter,
    after: Option<(VariantId, LocationId)>,
    limit: i64,
) -> DbResult<Vec<Level>> {
    let store = stores::account_id
        .eq(stock_levels::account_id)
        .and(stores::id.eq(stock_levels::store_id))
        .and(stores::deleted_at.is_null());
    let variant = variants::account_id
        .eq(stock_levels::account_id)
        .and(variants::id.eq(stock_levels::variant_id));
    let location = locations::account_id
        .eq(stock_levels::account_id)
        .and(locations::id.eq(stock_levels::location_id));
    let mut query = stock_levels::table
        .inner_join(stores::table.on(store))
        .inner_join(variants::table.on(variant))
        .inner_join(locations::table.on(location))
        .filter(stock_levels::account_id.eq(tx.account_id().as_uuid()))
        .select((
            stock_levels::store_id,
            stock_levels::variant_id,
            variants::sku,
            variants::title,
            stock_levels::location_id,
            locations::name,
            stock_levels::on_hand,
            stock_levels::reserved,
            stock_levels::incoming,
            stock_levels::available,
            stock_levels::updated_at,
            sql::<Numeric>(THRESHOLD),
            sql::<Bool>(IS_LOW),
        ))
        .order((stock_levels::variant_id, stock_levels::location_id))
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = filter.store_id {
        query = query.filter(stock_levels::store_id.eq(store_id.as_uuid()));
    }
    if let Some(location_id) = filter.location_id {
        query = query.filter(stock_levels::location_id.eq(location_id.as_uuid()));
    }
    if let Some(variant_id) = filter.variant_id {
        query = query.filter(stock_levels::variant_id.eq(variant_id.as_uuid()));
    }
    if let Some(sku) = &filter.sku {
        query = query.filter(variants::sku.eq(sku.clone()));
    }
    if let Some(text) = &filter.search {
        let pattern = search::containing(text);
        let sku = variants::sku.ilike(pattern.clone());
        query = query.filter(sku.or(variants::title.ilike(pattern)));
    }
    if let Some(most) = filter.available_up_to {
        query = query.filter(stock_levels::available.le(most));
    }
    if let Some(is_low) = filter.is_low {
        query = query.filter(sql::<Bool>(IS_LOW).eq(is_low));
    }
    if let Some((variant_id, location_id)) = after {
        let (variant_id, location_id) = (variant_id.as_uuid(), location_id.as_uuid());
        let behind = stock_levels::variant_id
            .gt(variant_id)
            .or(stock_levels::location_id.gt(location_id));
        // Written so that the key finds the place and only its ties are looked through.
        query = query
            .filter(stock_levels::variant_id.ge(variant_id))
            .filter(behind);
    }
    Ok(query.load(&mut **tx).await?)
}

/// Returns those of some ids that name no variant, or no location, of the store.
///
/// # Errors
/// When the query fails.
pub async fn strangers(
    tx: &mut AccountTx,
    store_id: StoreId,
    variant_ids: &[VariantId],
    location_ids: &[LocationId],
) -> DbResult<(HashSet<VariantId>, HashSet<LocationId>)> {
    let account_id = tx.account_id().as_uuid();
    let wanted: Vec<Uuid> = variant_ids.iter().map(|id| id.as_uuid()).collect();
    let known: Vec<Uuid> = variants::table
        .filter(variants::account_id.eq(account_id))
        .filter(variants::store_id.eq(store_id.as_uuid()))
        .filter(variants::id.eq_any(wanted))
        .select(variants::id)
        .load(&mut **tx)
        .await?;
    let mut unknown_variants: HashSet<VariantId> = variant_ids.iter().copied().collect();
    for id in known {
        unknown_variants.remove(&id.into());
    }
    let wanted: Vec<Uuid> = location_ids.iter().map(|id| id.as_uuid()).collect();
    let known: Vec<Uuid> = locations::table
        .filter(locations::account_id.eq(account_id))
        .filter(locations::store_id.eq(store_id.as_uuid()))
        .filter(locations::id.eq_any(wanted))
        .select(locations::id)
        .load(&mut **tx)
        .await?;
    let mut unknown_locations: HashSet<LocationId> = location_ids.iter().copied().collect();
    for id in known {
        unknown_locations.remove(&id.into());
    }
    Ok((unknown_variants, unknown_locations))
}
