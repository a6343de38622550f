//! Orders to vendors.

mod lines;

pub use lines::{Line, NewLine, add_received, lines, replace_lines};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::{
    id::{AnalysisId, LocationId, PurchaseOrderId, StoreId, VendorId},
    inventory::PurchaseState,
    money::Currency,
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{purchase_orders, stores, vendors},
};

/// An order to a vendor, without its lines.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct PurchaseOrder {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: PurchaseOrderId,
    /// The store that orders.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// The vendor.
    #[diesel(deserialize_as = Uuid)]
    pub vendor_id: VendorId,
    /// What people call the vendor.
    pub vendor: String,
    /// Where the goods go.
    #[diesel(deserialize_as = Uuid)]
    pub location_id: LocationId,
    /// How far it is: the word for it.
    pub state: String,
    /// In which its prices are.
    #[diesel(deserialize_as = String)]
    pub currency: Currency,
    /// The store's currency.
    #[diesel(deserialize_as = String)]
    pub store_currency: Currency,
    /// What to tell the vendor.
    pub note: String,
    /// When the goods are expected.
    pub expected_on: Option<NaiveDate>,
    /// The analysis from which it was drafted.
    pub analysis_id: Option<Uuid>,
    /// Raised by each update.
    pub revision: i32,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it went to the vendor.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was closed or called off.
    pub ended_at: Option<DateTime<Utc>>,
}

impl PurchaseOrder {
    /// Returns how far it is; `None` for a word that no version of this program wrote.
    #[must_use]
    pub fn state(&self) -> Option<PurchaseState> {
        self.state.parse().ok()
    }
}

/// An order that is about to be drafted.
#[derive(Debug, Clone)]
pub struct NewPurchaseOrder {
    /// The store that orders.
    pub store_id: StoreId,
    /// The vendor.
    pub vendor_id: VendorId,
    /// Where the goods go.
    pub location_id: LocationId,
    /// The vendor's currency.
    pub currency: Currency,
    /// What to tell the vendor.
    pub note: String,
    /// When the goods are expected.
    pub expected_on: Option<NaiveDate>,
    /// The analysis from which it is drafted.
    pub analysis_id: Option<AnalysisId>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn with_vendor_and_store() -> _ {
    let vendor = vendors::account_id
        .eq(purchase_orders::account_id)
        .and(vendors::id.eq(purchase_orders::vendor_id));
    let store = stores::account_id
        .eq(purchase_orders::account_id)
        .and(stores::id.eq(purchase_orders::store_id))
        .and(stores::deleted_at.is_null());
    purchase_orders::table
        .inner_join(vendors::table.on(vendor))
        .inner_join(stores::table.on(store))
}

type Columns = (
    purchase_orders::id,
    purchase_orders::store_id,
    purchase_orders::vendor_id,
    vendors::name,
    purchase_orders::location_id,
    purchase_orders::state,
    purchase_orders::currency,
    stores::currency,
    purchase_orders::note,
    purchase_orders::expected_on,
    purchase_orders::analysis_id,
    purchase_orders::revision,
    purchase_orders::created_at,
    purchase_orders::updated_at,
    purchase_orders::sent_at,
    purchase_orders::ended_at,
);

const COLUMNS: Columns = (
    purchase_orders::id,
    purchase_orders::store_id,
    purchase_orders::vendor_id,
    vendors::name,
    purchase_orders::location_id,
    purchase_orders::state,
    purchase_orders::currency,
    stores::currency,
    purchase_orders::note,
    purchase_orders::expected_on,
    purchase_orders::analysis_id,
    purchase_orders::revision,
    purchase_orders::created_at,
    purchase_orders::updated_at,
    purchase_orders::sent_at,
    purchase_orders::ended_at,
);

/// Which orders to list; all when empty.
#[derive(Debug, Clone, Default)]
pub struct PurchaseOrderFilter {
    /// Only of this store.
    pub store_id: Option<StoreId>,
    /// Only to this vendor.
    pub vendor_id: Option<VendorId>,
    /// Only in this state.
    pub state: Option<String>,
}

/// Lists orders, the last drafted first, those before `before` only.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    filter: &PurchaseOrderFilter,
    before: Option<PurchaseOrderId>,
    limit: i64,
) -> DbResult<Vec<PurchaseOrder>> {
    let mut query = with_vendor_and_store()
        .filter(purchase_orders::account_id.eq(tx.account_id().as_uuid()))
        .select(COLUMNS)
        .order(purchase_orders::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = filter.store_id {
        query = query.filter(purchase_orders::store_id.eq(store_id.as_uuid()));
    }
    if let Some(vendor_id) = filter.vendor_id {
        query = query.filter(purchase_orders::vendor_id.eq(vendor_id.as_uuid()));
    }
    if let Some(state) = &filter.state {
        query = query.filter(purchase_orders::state.eq(state.clone()));
    }
    if let Some(before) = before {
        query = query.filter(purchase_orders::id.lt(before.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Returns one order.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut AccountTx, id: PurchaseOrderId) -> DbResult<Option<PurchaseOrder>> {
    Ok(with_vendor_and_store()
        .filter(purchase_orders::account_id.eq(tx.account_id().as_uuid()))
        .filter(purchase_orders::id.eq(id.as_uuid()))
        .select(COLUMNS)
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Returns one order and keeps others from changing it until the transaction ends. Taken before any level is locked.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut AccountTx, id: PurchaseOrderId) -> DbResult<Option<PurchaseOrder>> {
    let key = (tx.account_id().as_uuid(), id.as_uuid());
    let held: Option<Uuid> = purchase_orders::table
        .find(key)
        .select(purchase_orders::id)
        .for_update()
        .first(&mut **tx)
        .await
        .optional()?;
    match held {
        Some(_) => get(tx, id).await,
        None => Ok(None),
    }
}

/// Drafts an order without lines yet.
///
/// # Errors
/// When the query fails.
pub async fn create(
    tx: &mut AccountTx,
    new: &NewPurchaseOrder,
    now: DateTime<Utc>,
) -> DbResult<PurchaseOrderId> {
    let id = PurchaseOrderId::new();
    diesel::insert_into(purchase_orders::table)
        .values((
            purchase_orders::account_id.eq(tx.account_id().as_uuid()),
            purchase_orders::id.eq(id.as_uuid()),
            purchase_orders::store_id.eq(new.store_id.as_uuid()),
            purchase_orders::vendor_id.eq(new.vendor_id.as_uuid()),
            purchase_orders::location_id.eq(new.location_id.as_uuid()),
            purchase_orders::currency.eq(new.currency.code()),
            purchase_orders::note.eq(&new.note),
            purchase_orders::expected_on.eq(new.expected_on),
            purchase_orders::analysis_id.eq(new.analysis_id.map(AnalysisId::as_uuid)),
            purchase_orders::created_at.eq(now),
            purchase_orders::updated_at.eq(now),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(id)
}

/// Changes what a draft says beside its lines; what is `None` stays.
///
/// # Errors
/// When the query fails.
pub async fn update(
    tx: &mut AccountTx,
    id: PurchaseOrderId,
    note: Option<&str>,
    expected_on: Option<Option<NaiveDate>>,
    now: DateTime<Utc>,
) -> DbResult<()> {
    let key = (tx.account_id().as_uuid(), id.as_uuid());
    diesel::update(purchase_orders::table.find(key))
        .set((
            note.map(|note| purchase_orders::note.eq(note)),
            expected_on.map(|day| purchase_orders::expected_on.eq(day)),
            purchase_orders::revision.eq(purchase_orders::revision + 1),
            purchase_orders::updated_at.eq(now),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Moves an order that the transaction has locked to another state.
///
/// # Errors
/// When the query fails.
pub async fn set_state(
    tx: &mut AccountTx,
    id: PurchaseOrderId,
    state: PurchaseState,
    now: DateTime<Utc>,
) -> DbResult<()> {
    let key = (tx.account_id().as_uuid(), id.as_uuid());
    let has_ended = matches!(state, PurchaseState::Closed | PurchaseState::Cancelled);
    diesel::update(purchase_orders::table.find(key))
        .set((
            purchase_orders::state.eq(state.name()),
            (state == PurchaseState::Sent).then_some(purchase_orders::sent_at.eq(now)),
            has_ended.then_some(purchase_orders::ended_at.eq(now)),
            purchase_orders::revision.eq(purchase_orders::revision + 1),
            purchase_orders::updated_at.eq(now),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
