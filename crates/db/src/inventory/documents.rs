//! Acts that changed stock: what was asked for and what came of it.

use chrono::{DateTime, Utc};
use diesel::{pg::Pg, prelude::*};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use suite_core::id::{LocationId, PurchaseOrderId, StockDocumentId, StoreId};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{stock_documents, stores},
};

/// An adjustment, a count, a transfer or a receipt.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = stock_documents, check_for_backend(Pg))]
pub struct Document {
    /// Its id, which its movements name.
    pub id: Uuid,
    /// The store.
    pub store_id: Uuid,
    /// `adjustment`, `count`, `transfer` or `receipt`.
    pub kind: String,
    /// Where; from where, for a transfer.
    pub location_id: Uuid,
    /// Where a transfer went.
    pub to_location_id: Option<Uuid>,
    /// What a receipt was of.
    pub purchase_order_id: Option<Uuid>,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// Its lines.
    pub lines: Value,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
}

/// A document that is about to be kept.
#[derive(Debug, Clone)]
pub struct NewDocument<'a> {
    /// Its id.
    pub id: StockDocumentId,
    /// The store.
    pub store_id: StoreId,
    /// `adjustment`, `count`, `transfer` or `receipt`.
    pub kind: &'static str,
    /// Where; from where, for a transfer.
    pub location_id: LocationId,
    /// Where a transfer goes.
    pub to_location_id: Option<LocationId>,
    /// What a receipt is of.
    pub purchase_order_id: Option<PurchaseOrderId>,
    /// Why.
    pub reason: &'a str,
    /// Who.
    pub actor: &'a str,
    /// Its lines.
    pub lines: Value,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

/// Keeps a document.
///
/// # Errors
/// When the query fails.
pub async fn insert(
    tx: &mut AccountTx,
    new: &NewDocument<'_>,
    now: DateTime<Utc>,
) -> DbResult<Document> {
    Ok(diesel::insert_into(stock_documents::table)
        .values((
            stock_documents::account_id.eq(tx.account_id().as_uuid()),
            stock_documents::id.eq(new.id.as_uuid()),
            stock_documents::store_id.eq(new.store_id.as_uuid()),
            stock_documents::kind.eq(new.kind),
            stock_documents::location_id.eq(new.location_id.as_uuid()),
            stock_documents::to_location_id.eq(new.to_location_id.map(LocationId::as_uuid)),
            stock_documents::purchase_order_id
                .eq(new.purchase_order_id.map(PurchaseOrderId::as_uuid)),
            stock_documents::reason.eq(new.reason),
            stock_documents::actor.eq(new.actor),
            stock_documents::lines.eq(&new.lines),
            stock_documents::occurred_at.eq(new.occurred_at),
            stock_documents::created_at.eq(now),
        ))
        .returning(Document::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// Lists documents, the last first, those before `before` only.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    store_id: Option<StoreId>,
    kind: Option<&str>,
    before: Option<StockDocumentId>,
    limit: i64,
) -> DbResult<Vec<Document>> {
    let store = stores::account_id
        .eq(stock_documents::account_id)
        .and(stores::id.eq(stock_documents::store_id))
        .and(stores::deleted_at.is_null());
    let mut query = stock_documents::table
        .inner_join(stores::table.on(store))
        .filter(stock_documents::account_id.eq(tx.account_id().as_uuid()))
        .select(Document::as_select())
        .order(stock_documents::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = store_id {
        query = query.filter(stock_documents::store_id.eq(store_id.as_uuid()));
    }
    if let Some(kind) = kind {
        query = query.filter(stock_documents::kind.eq(kind.to_owned()));
    }
    if let Some(before) = before {
        query = query.filter(stock_documents::id.lt(before.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Returns one document.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut AccountTx, id: StockDocumentId) -> DbResult<Option<Document>> {
    let store = stores::account_id
        .eq(stock_documents::account_id)
        .and(stores::id.eq(stock_documents::store_id))
        .and(stores::deleted_at.is_null());
    Ok(stock_documents::table
        .inner_join(stores::table.on(store))
        .filter(stock_documents::account_id.eq(tx.account_id().as_uuid()))
        .filter(stock_documents::id.eq(id.as_uuid()))
        .select(Document::as_select())
        .first(&mut **tx)
        .await
        .optional()?)
}
