//! What vendors ask for variants, and in which lots they sell them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, Bool, Integer, Nullable, Numeric, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::{
    id::{StoreId, VariantId, VendorId},
    money::Currency,
};
use uuid::Uuid;

use super::vendors::Vendor;
use crate::{
    AccountTx, DbResult,
    schema::{stores, supplier_prices, vendors},
};

/// What a vendor asks for a variant.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct SupplierPrice {
    /// The store.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// The variant.
    #[diesel(deserialize_as = Uuid)]
    pub variant_id: VariantId,
    /// The vendor.
    #[diesel(deserialize_as = Uuid)]
    pub vendor_id: VendorId,
    /// Of one piece.
    pub price: Decimal,
    /// The vendor's currency.
    #[diesel(deserialize_as = String)]
    pub currency: Currency,
    /// The least that is sold.
    pub minimum_quantity: Decimal,
    /// Only whole packs of so many are sold.
    pub pack_size: Decimal,
    /// Days from order to shelf; `None`: the vendor's.
    pub lead_time_days: Option<i32>,
    /// Whether the variant is ordered here when several vendors have it.
    pub is_preferred: bool,
    /// When it was last set.
    pub updated_at: DateTime<Utc>,
}

/// A price that is about to be set.
#[derive(Debug, Clone)]
pub struct NewSupplierPrice {
    /// Of which variant.
    pub variant_id: VariantId,
    /// Of one piece, in the vendor's currency.
    pub price: Decimal,
    /// The least that is sold.
    pub minimum_quantity: Decimal,
    /// Only whole packs of so many are sold.
    pub pack_size: Decimal,
    /// Days from order to shelf; `None`: the vendor's.
    pub lead_time_days: Option<i32>,
    /// Whether the variant is ordered here from now on.
    pub is_preferred: bool,
}

/// Sets what a vendor asks; what it asked for these variants before is replaced.
///
/// # Errors
/// When the query fails.
pub async fn set(
    tx: &mut AccountTx,
    vendor: &Vendor,
    prices: &[NewSupplierPrice],
    now: DateTime<Utc>,
) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    let preferred: Vec<Uuid> = prices
        .iter()
        .filter(|price| price.is_preferred)
        .map(|price| price.variant_id.as_uuid())
        .collect();
    // Of several vendors one is preferred: the last that was said to be.
    diesel::update(
        supplier_prices::table
            .filter(supplier_prices::account_id.eq(account_id))
            .filter(supplier_prices::variant_id.eq_any(preferred))
            .filter(supplier_prices::vendor_id.ne(vendor.id.as_uuid()))
            .filter(supplier_prices::is_preferred),
    )
    .set(supplier_prices::is_preferred.eq(false))
    .execute(&mut **tx)
    .await?;
    diesel::sql_query(
        "INSERT INTO supplier_prices (account_id, store_id, vendor_id, updated_at, variant_id, price, minimum_quantity, \
                                      pack_size, lead_time_days, is_preferred) \
         SELECT $1, $2, $3, $4, * FROM unnest($5, $6, $7, $8, $9, $10) \
         ON CONFLICT (account_id, variant_id, vendor_id) DO UPDATE SET \
            price = excluded.price, minimum_quantity = excluded.minimum_quantity, pack_size = excluded.pack_size, \
            lead_time_days = excluded.lead_time_days, is_preferred = excluded.is_preferred, updated_at = excluded.updated_at",
    )
    .bind::<SqlUuid, _>(account_id)
    .bind::<SqlUuid, _>(vendor.store_id.as_uuid())
    .bind::<SqlUuid, _>(vendor.id.as_uuid())
    .bind::<Timestamptz, _>(now)
    .bind::<Array<SqlUuid>, _>(column(prices, |price| price.variant_id.as_uuid()))
    .bind::<Array<Numeric>, _>(column(prices, |price| price.price))
    .bind::<Array<Numeric>, _>(column(prices, |price| price.minimum_quantity))
    .bind::<Array<Numeric>, _>(column(prices, |price| price.pack_size))
    .bind::<Array<Nullable<Integer>>, _>(column(prices, |price| price.lead_time_days))
    .bind::<Array<Bool>, _>(column(prices, |price| price.is_preferred))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn column<T>(prices: &[NewSupplierPrice], value: fn(&NewSupplierPrice) -> T) -> Vec<T> {
    prices.iter().map(value).collect()
}

/// Which prices to list; all when empty.
#[derive(Debug, Clone, Default)]
pub struct SupplierPriceFilter {
    /// Only of this store.
    pub store_id: Option<StoreId>,
    /// Only of this vendor.
    pub vendor_id: Option<VendorId>,
    /// Only of this variant.
    pub variant_id: Option<VariantId>,
}

/// Lists prices by variant and vendor, those after `after` only.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    filter: &SupplierPriceFilter,
    after: Option<(VariantId, VendorId)>,
    limit: i64,
) -> DbResult<Vec<SupplierPrice>> {
    let vendor = vendors::account_id
        .eq(supplier_prices::account_id)
        .and(vendors::id.eq(supplier_prices::vendor_id));
    let store = stores::account_id
        .eq(supplier_prices::account_id)
        .and(stores::id.eq(supplier_prices::store_id))
        .and(stores::deleted_at.is_null());
    let mut query = supplier_prices::table
        .inner_join(vendors::table.on(vendor))
        .inner_join(stores::table.on(store))
        .filter(supplier_prices::account_id.eq(tx.account_id().as_uuid()))
        .select((
            supplier_prices::store_id,
            supplier_prices::variant_id,
            supplier_prices::vendor_id,
            supplier_prices::price,
            vendors::currency,
            supplier_prices::minimum_quantity,
            supplier_prices::pack_size,
            supplier_prices::lead_time_days,
            supplier_prices::is_preferred,
            supplier_prices::updated_at,
        ))
        .order((supplier_prices::variant_id, supplier_prices::vendor_id))
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = filter.store_id {
        query = query.filter(supplier_prices::store_id.eq(store_id.as_uuid()));
    }
    if let Some(vendor_id) = filter.vendor_id {
        query = query.filter(supplier_prices::vendor_id.eq(vendor_id.as_uuid()));
    }
    if let Some(variant_id) = filter.variant_id {
        query = query.filter(supplier_prices::variant_id.eq(variant_id.as_uuid()));
    }
    if let Some((variant_id, vendor_id)) = after {
        let behind = supplier_prices::variant_id
            .gt(variant_id.as_uuid())
            .or(supplier_prices::vendor_id.gt(vendor_id.as_uuid()));
        query = query
            .filter(supplier_prices::variant_id.ge(variant_id.as_uuid()))
            .filter(behind);
    }
    Ok(query.load(&mut **tx).await?)
}

/// Returns what a vendor asks for some variants; those for which it asks nothing are missing.
///
/// # Errors
/// When the query fails.
pub async fn of_vendor(
    tx: &mut AccountTx,
    vendor_id: VendorId,
    variant_ids: &[VariantId],
) -> DbResult<HashMap<VariantId, Decimal>> {
    let wanted: Vec<Uuid> = variant_ids.iter().map(|id| id.as_uuid()).collect();
    let rows: Vec<(Uuid, Decimal)> = supplier_prices::table
        .filter(supplier_prices::account_id.eq(tx.account_id().as_uuid()))
        .filter(supplier_prices::vendor_id.eq(vendor_id.as_uuid()))
        .filter(supplier_prices::variant_id.eq_any(wanted))
        .select((supplier_prices::variant_id, supplier_prices::price))
        .load(&mut **tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(variant_id, price)| (variant_id.into(), price))
        .collect())
}
