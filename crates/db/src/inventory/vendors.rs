//! From whom stock is bought.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::{
    id::{StoreId, VendorId},
    money::Currency,
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{stores, vendors},
};

/// A vendor.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = vendors)]
pub struct Vendor {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: VendorId,
    /// Whose vendor it is.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// What people call it.
    pub name: String,
    /// Where orders go; may be empty.
    pub email: String,
    /// In which it asks for money.
    #[diesel(deserialize_as = String)]
    pub currency: Currency,
    /// Days from order to shelf.
    pub lead_time_days: i32,
    /// Raised by each update.
    pub revision: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A vendor that is about to be made.
#[derive(Debug, Clone)]
pub struct NewVendor {
    /// What people call it.
    pub name: String,
    /// Where orders go; may be empty.
    pub email: String,
    /// In which it asks for money.
    pub currency: Currency,
    /// Days from order to shelf.
    pub lead_time_days: i32,
}

/// What to change of a vendor; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct VendorChange {
    /// A new name.
    pub name: Option<String>,
    /// A new address.
    pub email: Option<String>,
    /// A new lead time.
    pub lead_time_days: Option<i32>,
}

/// Lists vendors, oldest first, those after `after` only.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    store_id: Option<StoreId>,
    after: Option<VendorId>,
    limit: i64,
) -> DbResult<Vec<Vendor>> {
    let store = stores::account_id
        .eq(vendors::account_id)
        .and(stores::id.eq(vendors::store_id))
        .and(stores::deleted_at.is_null());
    let mut query = vendors::table
        .inner_join(stores::table.on(store))
        .filter(vendors::account_id.eq(tx.account_id().as_uuid()))
        .select(Vendor::as_select())
        .order(vendors::id)
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = store_id {
        query = query.filter(vendors::store_id.eq(store_id.as_uuid()));
    }
    if let Some(after) = after {
        query = query.filter(vendors::id.gt(after.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Returns one vendor.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut AccountTx, id: VendorId) -> DbResult<Option<Vendor>> {
    let store = stores::account_id
        .eq(vendors::account_id)
        .and(stores::id.eq(vendors::store_id))
        .and(stores::deleted_at.is_null());
    Ok(vendors::table
        .inner_join(stores::table.on(store))
        .filter(vendors::account_id.eq(tx.account_id().as_uuid()))
        .filter(vendors::id.eq(id.as_uuid()))
        .select(Vendor::as_select())
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Returns one vendor and keeps others from changing it until the transaction ends.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut AccountTx, id: VendorId) -> DbResult<Option<Vendor>> {
    let account_id = tx.account_id().as_uuid();
    let held: Option<Uuid> = vendors::table
        .find((account_id, id.as_uuid()))
        .select(vendors::id)
        .for_update()
        .first(&mut **tx)
        .await
        .optional()?;
    match held {
        Some(_) => get(tx, id).await,
        None => Ok(None),
    }
}

/// Makes a vendor.
///
/// # Errors
/// When its name is taken in the store, or the query fails.
pub async fn create(
    tx: &mut AccountTx,
    store_id: StoreId,
    new: &NewVendor,
    now: DateTime<Utc>,
) -> DbResult<Vendor> {
    Ok(diesel::insert_into(vendors::table)
        .values((
            vendors::account_id.eq(tx.account_id().as_uuid()),
            vendors::id.eq(VendorId::new().as_uuid()),
            vendors::store_id.eq(store_id.as_uuid()),
            vendors::name.eq(&new.name),
            vendors::email.eq(&new.email),
            vendors::currency.eq(new.currency.code()),
            vendors::lead_time_days.eq(new.lead_time_days),
            vendors::created_at.eq(now),
            vendors::updated_at.eq(now),
        ))
        .returning(Vendor::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// Changes a vendor.
///
/// # Errors
/// When its name is taken in the store, or the query fails.
pub async fn update(
    tx: &mut AccountTx,
    id: VendorId,
    change: &VendorChange,
    now: DateTime<Utc>,
) -> DbResult<Vendor> {
    let key = (tx.account_id().as_uuid(), id.as_uuid());
    Ok(diesel::update(vendors::table.find(key))
        .set((
            change.name.as_ref().map(|name| vendors::name.eq(name)),
            change.email.as_ref().map(|email| vendors::email.eq(email)),
            change
                .lead_time_days
                .map(|days| vendors::lead_time_days.eq(days)),
            vendors::revision.eq(vendors::revision + 1),
            vendors::updated_at.eq(now),
        ))
        .returning(Vendor::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// Returns what people call each vendor of a store.
///
/// # Errors
/// When the query fails.
pub async fn names(tx: &mut AccountTx, store_id: StoreId) -> DbResult<HashMap<VendorId, String>> {
    let rows: Vec<(Uuid, String)> = vendors::table
        .filter(vendors::account_id.eq(tx.account_id().as_uuid()))
        .filter(vendors::store_id.eq(store_id.as_uuid()))
        .select((vendors::id, vendors::name))
        .load(&mut **tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, name)| (id.into(), name))
        .collect())
}
