//! What a merchant says about stock: when it is low, and which SKUs are no merchandise.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    prelude::*,
    sql_types::{Numeric, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{
    id::{StoreId, VariantId},
    merchandise::NonMerchandise,
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{stores, variants},
};

/// What a store has said.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct StockTerms {
    /// A variant of which no more pieces are available is low.
    pub low_stock_threshold: Decimal,
    #[diesel(deserialize_as = Option<Vec<Option<String>>>)]
    non_merchandise: Named,
    /// Raised by each change of the store.
    pub revision: i32,
}

/// The SKUs that a store has named, where it has.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named(Option<Vec<String>>);

impl From<Option<Vec<Option<String>>>> for Named {
    fn from(skus: Option<Vec<Option<String>>>) -> Self {
        Self(skus.map(|skus| skus.into_iter().flatten().collect()))
    }
}

impl StockTerms {
    /// Returns the SKUs that are no merchandise as the store has named them; `None` means the usual ones.
    #[must_use]
    pub fn named_non_merchandise(&self) -> Option<&[String]> {
        self.non_merchandise.0.as_deref()
    }

    /// Returns the SKUs that are no merchandise.
    #[must_use]
    pub fn non_merchandise(&self) -> NonMerchandise {
        match self.named_non_merchandise() {
            Some(skus) => skus.iter().map(String::as_str).collect(),
            None => NonMerchandise::usual(),
        }
    }
}

/// Returns the terms of a store that is not deleted.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut AccountTx, store_id: StoreId) -> DbResult<Option<StockTerms>> {
    Ok(stores::table
        .find((tx.account_id().as_uuid(), store_id.as_uuid()))
        .filter(stores::deleted_at.is_null())
        .select((
            stores::low_stock_threshold,
            stores::non_merchandise,
            stores::revision,
        ))
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Returns the SKUs of a store that are no merchandise.
///
/// # Errors
/// When the query fails.
pub async fn non_merchandise(tx: &mut AccountTx, store_id: StoreId) -> DbResult<NonMerchandise> {
    let terms = find(tx, store_id).await?;
    Ok(terms.map_or_else(NonMerchandise::usual, |terms| terms.non_merchandise()))
}

/// Writes the terms of a store that the caller has locked, and raises its revision.
///
/// # Errors
/// When the query fails.
pub async fn set(
    tx: &mut AccountTx,
    store_id: StoreId,
    low_stock_threshold: Decimal,
    non_merchandise: Option<&[String]>,
    now: DateTime<Utc>,
) -> DbResult<()> {
    let named: Option<Vec<Option<&str>>> =
        non_merchandise.map(|skus| skus.iter().map(|sku| Some(sku.as_str())).collect());
    let target = stores::table.find((tx.account_id().as_uuid(), store_id.as_uuid()));
    diesel::update(target)
        .set((
            stores::low_stock_threshold.eq(low_stock_threshold),
            stores::non_merchandise.eq(named),
            stores::revision.eq(stores::revision + 1),
            stores::updated_at.eq(now),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Gives a variant a threshold of its own, or the store's again; returns the one that holds now, or `None` without such a
/// variant.
///
/// # Errors
/// When the query fails.
pub async fn set_threshold(
    tx: &mut AccountTx,
    variant_id: VariantId,
    threshold: Option<Decimal>,
) -> DbResult<Option<Decimal>> {
    let account_id = tx.account_id().as_uuid();
    let store: Option<(Uuid, Decimal)> = variants::table
        .inner_join(
            stores::table.on(stores::account_id
                .eq(variants::account_id)
                .and(stores::id.eq(variants::store_id))
                .and(stores::deleted_at.is_null())),
        )
        .filter(variants::account_id.eq(account_id))
        .filter(variants::id.eq(variant_id.as_uuid()))
        .select((stores::id, stores::low_stock_threshold))
        .first(&mut **tx)
        .await
        .optional()?;
    let Some((_, of_store)) = store else {
        return Ok(None);
    };
    diesel::update(variants::table.find((account_id, variant_id.as_uuid())))
        .set(variants::low_stock_threshold.eq(threshold))
        .execute(&mut **tx)
        .await?;
    Ok(Some(threshold.unwrap_or(of_store)))
}

/// A variant that is low.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct LowVariant {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    /// Its SKU; empty when the source has none.
    #[diesel(sql_type = Text)]
    pub sku: String,
    /// What people call it.
    #[diesel(sql_type = Text)]
    pub title: String,
    /// Pieces that can be sold, at all locations together; may be below zero.
    #[diesel(sql_type = Numeric)]
    pub available: Decimal,
    /// At or below which it is low.
    #[diesel(sql_type = Numeric)]
    pub threshold: Decimal,
}

impl LowVariant {
    /// Returns the variant's id.
    #[must_use]
    pub fn id(&self) -> VariantId {
        self.id.into()
    }
}

/// Returns which variants of a store are at or below their threshold now, in the order of their ids.
///
/// Only what is stocked can be low: a variant without a level in the ledger is not. Archived products and what is no
/// merchandise are left out.
///
/// # Errors
/// When the query fails.
pub async fn low_variants(tx: &mut AccountTx, store_id: StoreId) -> DbResult<Vec<LowVariant>> {
    let others = non_merchandise(tx, store_id).await?;
    let mut low: Vec<LowVariant> = diesel::sql_query(
        "SELECT variants.id, variants.sku, variants.title, stocked.available, \
                coalesce(variants.low_stock_threshold, stores.low_stock_threshold) AS threshold \
         FROM stores \
         JOIN (SELECT variant_id, sum(available) AS available FROM stock_levels \
                WHERE account_id = $1 AND store_id = $2 GROUP BY variant_id) AS stocked ON true \
         JOIN variants ON variants.account_id = $1 AND variants.id = stocked.variant_id \
         JOIN products ON products.account_id = $1 AND products.id = variants.product_id \
         WHERE stores.account_id = $1 AND stores.id = $2 AND stores.deleted_at IS NULL \
           AND products.status <> 'archived' \
           AND stocked.available <= coalesce(variants.low_stock_threshold, stores.low_stock_threshold) \
         ORDER BY variants.id",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .load(&mut **tx)
    .await?;
    low.retain(|variant| !others.has(&variant.sku));
    Ok(low)
}
