//! A merchant's stores.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::{
    id::{LocationId, StoreId},
    money::Currency,
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{locations, orders, stores},
};

/// What a store's first location is called.
pub const DEFAULT_LOCATION: &str = "Main";

/// A store.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = stores)]
pub struct Store {
    /// The id.
    #[diesel(deserialize_as = Uuid)]
    pub id: StoreId,
    /// What the merchant calls it.
    pub name: String,
    /// In which it counts money.
    #[diesel(deserialize_as = String)]
    pub currency: Currency,
    /// The IANA time zone in which its days begin.
    pub timezone: String,
    /// `manual` or `shopify`.
    pub platform: String,
    /// Raised by each update.
    pub revision: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A store that is about to be made.
#[derive(Debug, Clone)]
pub struct NewStore {
    /// What the merchant calls it.
    pub name: String,
    /// In which it counts money.
    pub currency: Currency,
    /// The IANA time zone in which its days begin.
    pub timezone: String,
    /// `manual` or `shopify`.
    pub platform: &'static str,
}

/// What to change of a store; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct StoreChange {
    /// A new name.
    pub name: Option<String>,
    /// A new currency.
    pub currency: Option<Currency>,
    /// A new time zone.
    pub timezone: Option<String>,
}

/// Makes a store with its first location.
///
/// # Errors
/// When the query fails.
pub async fn create(tx: &mut AccountTx, new: &NewStore, now: DateTime<Utc>) -> DbResult<Store> {
    let account_id = tx.account_id().as_uuid();
    let store: Store = diesel::insert_into(stores::table)
        .values((
            stores::account_id.eq(account_id),
            stores::id.eq(StoreId::new().as_uuid()),
            stores::name.eq(&new.name),
            stores::currency.eq(new.currency.code()),
            stores::timezone.eq(&new.timezone),
            stores::platform.eq(new.platform),
            stores::created_at.eq(now),
            stores::updated_at.eq(now),
        ))
        .returning(Store::as_returning())
        .get_result(&mut **tx)
        .await?;
    diesel::insert_into(locations::table)
        .values((
            locations::account_id.eq(account_id),
            locations::id.eq(LocationId::new().as_uuid()),
            locations::store_id.eq(store.id.as_uuid()),
            locations::name.eq(DEFAULT_LOCATION),
            locations::is_default.eq(true),
            locations::created_at.eq(now),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(store)
}

/// Returns the stores made after `after`, oldest first.
///
/// # Errors
/// When the query fails.
pub async fn list(tx: &mut AccountTx, after: Option<StoreId>, limit: i64) -> DbResult<Vec<Store>> {
    let mut query = stores::table
        .filter(stores::account_id.eq(tx.account_id().as_uuid()))
        .filter(stores::deleted_at.is_null())
        .select(Store::as_select())
        .order(stores::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(stores::id.gt(after.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Returns a store that is not deleted.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut AccountTx, id: StoreId) -> DbResult<Option<Store>> {
    Ok(stores::table
        .find((tx.account_id().as_uuid(), id.as_uuid()))
        .filter(stores::deleted_at.is_null())
        .select(Store::as_select())
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Returns a store and keeps others from changing it until the transaction ends.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut AccountTx, id: StoreId) -> DbResult<Option<Store>> {
    Ok(stores::table
        .find((tx.account_id().as_uuid(), id.as_uuid()))
        .filter(stores::deleted_at.is_null())
        .select(Store::as_select())
        .for_update()
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Tells whether anything was ever sold in the store.
///
/// # Errors
/// When the query fails.
pub async fn has_orders(tx: &mut AccountTx, id: StoreId) -> DbResult<bool> {
    let any = orders::table
        .filter(orders::account_id.eq(tx.account_id().as_uuid()))
        .filter(orders::store_id.eq(id.as_uuid()));
    Ok(diesel::select(diesel::dsl::exists(any))
        .get_result(&mut **tx)
        .await?)
}

/// Changes a store and raises its revision.
///
/// # Errors
/// When the query fails.
pub async fn update(
    tx: &mut AccountTx,
    id: StoreId,
    change: &StoreChange,
    now: DateTime<Utc>,
) -> DbResult<Option<Store>> {
    let target = stores::table
        .find((tx.account_id().as_uuid(), id.as_uuid()))
        .filter(stores::deleted_at.is_null());
    Ok(diesel::update(target)
        .set((
            change.name.as_ref().map(|name| stores::name.eq(name)),
            change
                .currency
                .as_ref()
                .map(|currency| stores::currency.eq(currency.code())),
            change
                .timezone
                .as_ref()
                .map(|timezone| stores::timezone.eq(timezone)),
            stores::revision.eq(stores::revision + 1),
            stores::updated_at.eq(now),
        ))
        .returning(Store::as_returning())
        .get_result(&mut **tx)
        .await
        .optional()?)
}

/// Hides a store from now on; a job erases what is below it. False when there was none.
///
/// # Errors
/// When the query fails.
pub async fn mark_deleted(tx: &mut AccountTx, id: StoreId, now: DateTime<Utc>) -> DbResult<bool> {
    let target = stores::table
        .find((tx.account_id().as_uuid(), id.as_uuid()))
        .filter(stores::deleted_at.is_null());
    let marked = diesel::update(target)
        .set(stores::deleted_at.eq(now))
        .execute(&mut **tx)
        .await?;
    Ok(marked == 1)
}
