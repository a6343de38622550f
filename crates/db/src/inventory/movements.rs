//! What the ledger says.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::id::{LocationId, StockMovementId, StoreId, VariantId};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{stock_movements, stores, variants},
};

/// One change of a level.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Movement {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: StockMovementId,
    /// The store.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// The variant.
    #[diesel(deserialize_as = Uuid)]
    pub variant_id: VariantId,
    /// Its SKU.
    pub sku: String,
    /// The location.
    #[diesel(deserialize_as = Uuid)]
    pub location_id: LocationId,
    /// Which level it changed.
    pub level: String,
    /// By how much.
    pub quantity: Decimal,
    /// The level before.
    pub before: Decimal,
    /// The level after.
    pub after: Decimal,
    /// What a piece has cost.
    pub unit_cost: Option<Decimal>,
    /// Why.
    pub reason: String,
    /// What kind of act it came from.
    pub source: String,
    /// Which one.
    pub source_ref: String,
    /// Who did it.
    pub actor: String,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
    /// In which currency costs are.
    pub currency: String,
}

/// Which movements to list; all when empty.
#[derive(Debug, Clone, Default)]
pub struct MovementFilter {
    /// Only of this store.
    pub store_id: Option<StoreId>,
    /// Only of this variant.
    pub variant_id: Option<VariantId>,
    /// Only at this location.
    pub location_id: Option<LocationId>,
    /// Only of this level.
    pub level: Option<String>,
    /// Only of this kind of act.
    pub source: Option<String>,
    /// Only of this act.
    pub source_ref: Option<String>,
}

/// Lists movements, the last written first, those before `before` only.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    filter: &MovementFilter,
    before: Option<StockMovementId>,
    limit: i64,
) -> DbResult<Vec<Movement>> {
    let store = stores::account_id
        .eq(stock_movements::account_id)
        .and(stores::id.eq(stock_movements::store_id))
        .and(stores::deleted_at.is_null());
    let variant = variants::account_id
        .eq(stock_movements::account_id)
        .and(variants::id.eq(stock_movements::variant_id));
    let mut query = stock_movements::table
        .inner_join(stores::table.on(store))
        .inner_join(variants::table.on(variant))
        .filter(stock_movements::account_id.eq(tx.account_id().as_uuid()))
        .select((
            stock_movements::id,
            stock_movements::store_id,
            stock_movements::variant_id,
            variants::sku,
            stock_movements::location_id,
            stock_movements::level,
            stock_movements::quantity,
            stock_movements::before,
            stock_movements::after,
            stock_movements::unit_cost,
            stock_movements::reason,
            stock_movements::source,
            stock_movements::source_ref,
            stock_movements::actor,
            stock_movements::occurred_at,
            stock_movements::created_at,
            stores::currency,
        ))
        .order(stock_movements::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = filter.store_id {
        query = query.filter(stock_movements::store_id.eq(store_id.as_uuid()));
    }
    if let Some(variant_id) = filter.variant_id {
        query = query.filter(stock_movements::variant_id.eq(variant_id.as_uuid()));
    }
    if let Some(location_id) = filter.location_id {
        query = query.filter(stock_movements::location_id.eq(location_id.as_uuid()));
    }
    if let Some(level) = &filter.level {
        query = query.filter(stock_movements::level.eq(level.clone()));
    }
    if let Some(source) = &filter.source {
        query = query.filter(stock_movements::source.eq(source.clone()));
    }
    if let Some(source_ref) = &filter.source_ref {
        query = query.filter(stock_movements::source_ref.eq(source_ref.clone()));
    }
    if let Some(before) = before {
        query = query.filter(stock_movements::id.lt(before.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}
