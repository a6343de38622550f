//! The sellable forms of products: what an SKU names.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{
    id::{ProductId, StoreId, VariantId},
    money::Currency,
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{stores, variants},
    search,
};

/// A variant, with the currency of its store.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Variant {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: VariantId,
    /// The store that sells it.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// The product of which it is a form.
    #[diesel(deserialize_as = Uuid)]
    pub product_id: ProductId,
    /// Its SKU; empty when the source has none.
    pub sku: String,
    /// The source's id.
    pub outside_id: Option<String>,
    /// What people call it.
    pub title: String,
    /// For how much it is sold.
    pub price: Option<Decimal>,
    /// For how much it is bought.
    pub cost: Option<Decimal>,
    /// When it was first seen.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// The currency of price and cost.
    #[diesel(deserialize_as = String)]
    pub currency: Currency,
}

/// Which variants to list; all when empty.
#[derive(Debug, Clone, Default)]
pub struct VariantFilter {
    /// Only of this store.
    pub store_id: Option<StoreId>,
    /// Only forms of this product.
    pub product_id: Option<ProductId>,
    /// Only this SKU, exactly.
    pub sku: Option<String>,
    /// Only those whose SKU or title holds it, in any case of letters.
    pub search: Option<String>,
}

/// Lists variants in the order in which they were first seen, those after `after` only.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    filter: &VariantFilter,
    after: Option<VariantId>,
    limit: i64,
) -> DbResult<Vec<Variant>> {
    let store = stores::account_id
        .eq(variants::account_id)
        .and(stores::id.eq(variants::store_id))
        .and(stores::deleted_at.is_null());
    let mut query = variants::table
        .inner_join(stores::table.on(store))
        .filter(variants::account_id.eq(tx.account_id().as_uuid()))
        .select((
            variants::id,
            variants::store_id,
            variants::product_id,
            variants::sku,
            variants::outside_id,
            variants::title,
            variants::price,
            variants::cost,
            variants::created_at,
            variants::updated_at,
            stores::currency,
        ))
        .order(variants::id)
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = filter.store_id {
        query = query.filter(variants::store_id.eq(store_id.as_uuid()));
    }
    if let Some(product_id) = filter.product_id {
        query = query.filter(variants::product_id.eq(product_id.as_uuid()));
    }
    if let Some(sku) = &filter.sku {
        query = query.filter(variants::sku.eq(sku.clone()));
    }
    if let Some(text) = &filter.search {
        let pattern = search::containing(text);
        let sku = variants::sku.ilike(pattern.clone());
        query = query.filter(sku.or(variants::title.ilike(pattern)));
    }
    if let Some(after) = after {
        query = query.filter(variants::id.gt(after.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}
