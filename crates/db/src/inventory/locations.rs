//! Where stock lies.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use suite_core::id::{LocationId, StoreId};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{locations, stores},
};

/// A location.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = locations)]
pub struct Location {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: LocationId,
    /// Its store.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// What people call it.
    pub name: String,
    /// Whether stock lies here when nothing else is said.
    pub is_default: bool,
    /// Its part of the store's demand; `None`: the default location bears what the others leave, any other nothing.
    pub demand_share: Option<Decimal>,
    /// Raised by each update.
    pub revision: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What to change of a location; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct LocationChange {
    /// A new name.
    pub name: Option<String>,
    /// A new share, or none of its own.
    pub demand_share: Option<Option<Decimal>>,
    /// Whether it becomes the default.
    pub becomes_default: bool,
}

/// Lists locations, oldest first, those after `after` only.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    store_id: Option<StoreId>,
    after: Option<LocationId>,
    limit: i64,
) -> DbResult<Vec<Location>> {
    let store = stores::account_id
        .eq(locations::account_id)
        .and(stores::id.eq(locations::store_id))
        .and(stores::deleted_at.is_null());
    let mut query = locations::table
        .inner_join(stores::table.on(store))
        .filter(locations::account_id.eq(tx.account_id().as_uuid()))
        .select(Location::as_select())
        .order(locations::id)
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = store_id {
        query = query.filter(locations::store_id.eq(store_id.as_uuid()));
    }
    if let Some(after) = after {
        query = query.filter(locations::id.gt(after.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Returns all locations of a store, the default one first.
///
/// # Errors
/// When the query fails.
pub async fn of_store(tx: &mut AccountTx, store_id: StoreId) -> DbResult<Vec<Location>> {
    Ok(locations::table
        .filter(locations::account_id.eq(tx.account_id().as_uuid()))
        .filter(locations::store_id.eq(store_id.as_uuid()))
        .select(Location::as_select())
        .order((locations::is_default.desc(), locations::id))
        .load(&mut **tx)
        .await?)
}

/// Returns one location.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut AccountTx, id: LocationId) -> DbResult<Option<Location>> {
    let store = stores::account_id
        .eq(locations::account_id)
        .and(stores::id.eq(locations::store_id))
        .and(stores::deleted_at.is_null());
    Ok(locations::table
        .inner_join(stores::table.on(store))
        .filter(locations::account_id.eq(tx.account_id().as_uuid()))
        .filter(locations::id.eq(id.as_uuid()))
        .select(Location::as_select())
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Makes a location.
///
/// # Errors
/// When its name is taken in the store, or the query fails.
pub async fn create(
    tx: &mut AccountTx,
    store_id: StoreId,
    name: &str,
    demand_share: Option<Decimal>,
    now: DateTime<Utc>,
) -> DbResult<Location> {
    Ok(diesel::insert_into(locations::table)
        .values((
            locations::account_id.eq(tx.account_id().as_uuid()),
            locations::id.eq(LocationId::new().as_uuid()),
            locations::store_id.eq(store_id.as_uuid()),
            locations::name.eq(name),
            locations::is_default.eq(false),
            locations::demand_share.eq(demand_share),
            locations::created_at.eq(now),
            locations::updated_at.eq(now),
        ))
        .returning(Location::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// Changes a location of a store that the transaction has locked.
///
/// # Errors
/// When its name is taken in the store, or the query fails.
pub async fn update(
    tx: &mut AccountTx,
    location: &Location,
    change: &LocationChange,
    now: DateTime<Utc>,
) -> DbResult<Location> {
    let account_id = tx.account_id().as_uuid();
    if change.becomes_default {
        diesel::update(
            locations::table
                .filter(locations::account_id.eq(account_id))
                .filter(locations::store_id.eq(location.store_id.as_uuid()))
                .filter(locations::id.ne(location.id.as_uuid()))
                .filter(locations::is_default),
        )
        .set((
            locations::is_default.eq(false),
            locations::revision.eq(locations::revision + 1),
            locations::updated_at.eq(now),
        ))
        .execute(&mut **tx)
        .await?;
    }
    Ok(
        diesel::update(locations::table.find((account_id, location.id.as_uuid())))
            .set((
                change.name.as_ref().map(|name| locations::name.eq(name)),
                change
                    .demand_share
                    .map(|share| locations::demand_share.eq(share)),
                change
                    .becomes_default
                    .then_some(locations::is_default.eq(true)),
                locations::revision.eq(locations::revision + 1),
                locations::updated_at.eq(now),
            ))
            .returning(Location::as_returning())
            .get_result(&mut **tx)
            .await?,
    )
}
