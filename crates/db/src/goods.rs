//! Products, variants and locations as files name them: by handle, by SKU or option values, by name.

mod line_items;

pub use line_items::{NamedVariant, NewGoods, ONLY_VARIANT, add_goods, named_variants};

use std::collections::HashMap;

use diesel::{
    prelude::*,
    sql_types::{Array, Nullable, Numeric, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{
    goods_file::ProductText,
    id::{LocationId, ProductId, StoreId, VariantId},
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    imports::raced,
    schema::{locations, products, variants},
};

/// Writes products by their handles, and returns the id of each; those that are as told already stay untouched.
///
/// # Errors
/// When the server is away.
pub async fn write_products(
    tx: &mut AccountTx,
    store_id: StoreId,
    told: &[(&str, &ProductText)],
) -> DbResult<HashMap<String, ProductId>> {
    let column = |value: fn(&ProductText) -> &str| -> Vec<&str> {
        told.iter().map(|(_, product)| value(product)).collect()
    };
    let handles: Vec<&str> = told.iter().map(|(handle, _)| *handle).collect();
    let ids: Vec<Uuid> = told.iter().map(|_| ProductId::new().as_uuid()).collect();
    diesel::sql_query(
        "INSERT INTO products (account_id, store_id, id, handle, title, vendor, product_type, status) \
         SELECT $1, $2, * FROM unnest($3, $4, $5, $6, $7, $8) \
         ON CONFLICT (account_id, store_id, handle) DO UPDATE SET title = excluded.title, vendor = excluded.vendor, \
            product_type = excluded.product_type, status = excluded.status, updated_at = now() \
         WHERE (products.title, products.vendor, products.product_type, products.status) \
            IS DISTINCT FROM (excluded.title, excluded.vendor, excluded.product_type, excluded.status)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(&handles)
    .bind::<Array<Text>, _>(column(|product| &product.title))
    .bind::<Array<Text>, _>(column(|product| &product.vendor))
    .bind::<Array<Text>, _>(column(|product| &product.product_type))
    .bind::<Array<Text>, _>(column(|product| product.status))
    .execute(&mut **tx)
    .await?;
    products_by_handle(tx, store_id, &handles).await
}

/// Finds products by their handles.
///
/// # Errors
/// When the server is away.
pub async fn products_by_handle(
    tx: &mut AccountTx,
    store_id: StoreId,
    handles: &[&str],
) -> DbResult<HashMap<String, ProductId>> {
    let rows: Vec<(String, Uuid)> = products::table
        .filter(products::account_id.eq(tx.account_id().as_uuid()))
        .filter(products::store_id.eq(store_id.as_uuid()))
        .filter(products::handle.eq_any(handles))
        .select((products::handle, products::id))
        .load(&mut **tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(handle, id)| (handle, id.into()))
        .collect())
}

/// A variant as it is found by a file.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct FoundVariant {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: VariantId,
    /// Its product.
    #[diesel(deserialize_as = Uuid)]
    pub product_id: ProductId,
    /// Its SKU; may be empty.
    pub sku: String,
    /// Its option values as a JSON array; may be empty.
    pub options: String,
    /// What people call it.
    pub title: String,
    /// For how much it is sold.
    pub price: Option<Decimal>,
    /// For how much it is bought.
    pub cost: Option<Decimal>,
}

/// Finds variants that have one of these SKUs or belong to one of these products.
///
/// # Errors
/// When the server is away.
pub async fn find_variants(
    tx: &mut AccountTx,
    store_id: StoreId,
    skus: &[&str],
    product_ids: &[ProductId],
) -> DbResult<Vec<FoundVariant>> {
    let product_ids: Vec<Uuid> = product_ids.iter().map(|id| id.as_uuid()).collect();
    let has_sku = variants::sku.eq_any(skus).and(variants::sku.ne(""));
    Ok(variants::table
        .filter(variants::account_id.eq(tx.account_id().as_uuid()))
        .filter(variants::store_id.eq(store_id.as_uuid()))
        .filter(has_sku.or(variants::product_id.eq_any(product_ids)))
        .select((
            variants::id,
            variants::product_id,
            variants::sku,
            variants::options,
            variants::title,
            variants::price,
            variants::cost,
        ))
        .load(&mut **tx)
        .await?)
}

/// Writes variants: new ones, and those that were found and are told otherwise.
///
/// # Errors
/// [`suite_core::Error::Conflict`] when somebody else has just written one of them.
pub async fn write_variants(
    tx: &mut AccountTx,
    store_id: StoreId,
    told: &[FoundVariant],
) -> DbResult<()> {
    let text = |value: fn(&FoundVariant) -> &str| -> Vec<&str> { told.iter().map(value).collect() };
    let number = |value: fn(&FoundVariant) -> Option<Decimal>| -> Vec<Option<Decimal>> {
        told.iter().map(value).collect()
    };
    let ids: Vec<Uuid> = told.iter().map(|variant| variant.id.as_uuid()).collect();
    let product_ids: Vec<Uuid> = told
        .iter()
        .map(|variant| variant.product_id.as_uuid())
        .collect();
    diesel::sql_query(
        "INSERT INTO variants (account_id, store_id, id, product_id, sku, options, title, price, cost) \
         SELECT $1, $2, * FROM unnest($3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (account_id, id) DO UPDATE SET product_id = excluded.product_id, sku = excluded.sku, \
            options = excluded.options, title = excluded.title, price = excluded.price, cost = excluded.cost, updated_at = now()",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(product_ids)
    .bind::<Array<Text>, _>(text(|variant| &variant.sku))
    .bind::<Array<Text>, _>(text(|variant| &variant.options))
    .bind::<Array<Text>, _>(text(|variant| &variant.title))
    .bind::<Array<Nullable<Numeric>>, _>(number(|variant| variant.price))
    .bind::<Array<Nullable<Numeric>>, _>(number(|variant| variant.cost))
    .execute(&mut **tx)
    .await
    .map_err(raced)?;
    Ok(())
}

/// Returns the location of each name; makes those that the store lacks.
///
/// # Errors
/// When the server is away.
pub async fn locations_by_name(
    tx: &mut AccountTx,
    store_id: StoreId,
    names: &[&str],
) -> DbResult<HashMap<String, LocationId>> {
    let ids: Vec<Uuid> = names.iter().map(|_| LocationId::new().as_uuid()).collect();
    diesel::sql_query(
        "INSERT INTO locations (account_id, store_id, id, name) SELECT $1, $2, * FROM unnest($3, $4) \
         ON CONFLICT (account_id, store_id, name) DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(names)
    .execute(&mut **tx)
    .await?;
    let rows: Vec<(String, Uuid)> = locations::table
        .filter(locations::account_id.eq(tx.account_id().as_uuid()))
        .filter(locations::store_id.eq(store_id.as_uuid()))
        .filter(locations::name.eq_any(names))
        .select((locations::name, locations::id))
        .load(&mut **tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(name, id)| (name, id.into()))
        .collect())
}
