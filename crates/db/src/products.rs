//! What a merchant talks about; its sellable forms are in [`crate::variants`].

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::id::{ProductId, StoreId};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{products, stores},
    search,
};

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = products)]
pub struct Product {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: ProductId,
    /// The store that sells it.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// What the source calls it in addresses.
    pub handle: String,
    /// The source's id.
    pub outside_id: Option<String>,
    /// What people call it.
    pub title: String,
    /// Who makes it.
    pub vendor: String,
    /// Which kind of thing it is.
    pub product_type: String,
    /// `active`, `draft` or `archived`.
    pub status: String,
    /// When it was first seen.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Which products to list; all when empty.
#[derive(Debug, Clone, Default)]
pub struct ProductFilter {
    /// Only of this store.
    pub store_id: Option<StoreId>,
    /// Only those whose title or handle holds it, in any case of letters.
    pub search: Option<String>,
    /// Only in this status.
    pub status: Option<String>,
}

/// Lists products in the order in which they were first seen, those after `after` only.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    filter: &ProductFilter,
    after: Option<ProductId>,
    limit: i64,
) -> DbResult<Vec<Product>> {
    let store = stores::account_id
        .eq(products::account_id)
        .and(stores::id.eq(products::store_id))
        .and(stores::deleted_at.is_null());
    let mut query = products::table
        .inner_join(stores::table.on(store))
        .filter(products::account_id.eq(tx.account_id().as_uuid()))
        .select(Product::as_select())
        .order(products::id)
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = filter.store_id {
        query = query.filter(products::store_id.eq(store_id.as_uuid()));
    }
    if let Some(text) = &filter.search {
        let pattern = search::containing(text);
        let title = products::title.ilike(pattern.clone());
        query = query.filter(title.or(products::handle.ilike(pattern)));
    }
    if let Some(status) = &filter.status {
        query = query.filter(products::status.eq(status.clone()));
    }
    if let Some(after) = after {
        query = query.filter(products::id.gt(after.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}
