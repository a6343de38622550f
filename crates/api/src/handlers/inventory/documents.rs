use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use suite_core::{
    Error,
    id::{StockDocumentId, StoreId},
};
use suite_db::inventory::documents::{self, Document};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, Listing, Member, PageParams},
    problem::{ApiResult, ProblemView},
    respond::PageOf,
};

/// An adjustment, a count, a transfer or a receipt, as it was done.
#[derive(Serialize, ToSchema)]
#[schema(as = StockDocument)]
pub(crate) struct DocumentView {
    /// The `source_ref` of its lines in the ledger.
    id: Uuid,
    store_id: Uuid,
    /// `adjustment`, `count`, `transfer` or `receipt`.
    kind: String,
    /// Where; from where, for a transfer.
    location_id: Uuid,
    /// Where a transfer went.
    to_location_id: Option<Uuid>,
    /// What a receipt was of.
    purchase_order_id: Option<Uuid>,
    reason: String,
    actor: String,
    #[schema(value_type = Vec<DocumentLine>)]
    lines: Value,
    occurred_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

/// What one line came to; a line that changed nothing has `before` equal to `after`, and no line in the ledger.
#[derive(Serialize, ToSchema)]
#[schema(as = StockDocumentLine)]
pub(crate) struct DocumentLine {
    pub(super) variant_id: Uuid,
    pub(super) location_id: Uuid,
    /// Which level: `on_hand`, `reserved` or `incoming`.
    pub(super) level: &'static str,
    /// `after − before`.
    pub(super) quantity: String,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) unit_cost: Option<String>,
}

impl From<Document> for DocumentView {
    fn from(document: Document) -> Self {
        Self {
            id: document.id,
            store_id: document.store_id,
            kind: document.kind,
            location_id: document.location_id,
            to_location_id: document.to_location_id,
            purchase_order_id: document.purchase_order_id,
            reason: document.reason,
            actor: document.actor,
            lines: document.lines,
            occurred_at: document.occurred_at,
            created_at: document.created_at,
        }
    }
}

/// Which documents to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DocumentFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
    /// Only of this kind: `adjustment`, `count`, `transfer` or `receipt`.
    kind: Option<String>,
}

/// Lists adjustments, counts, transfers and receipts, the last first.
#[utoipa::path(get, path = "/v1/inventory/documents", tag = "inventory", params(DocumentFilters, PageParams),
    responses((status = 200, body = PageOf<DocumentView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<DocumentFilters>,
) -> ApiResult<PageOf<DocumentView>> {
    let (page, filters) = (listing.page, listing.filters);
    let store_id = filters.store_id.map(StoreId::from);
    let kind = filters.kind.as_deref();
    let mut tx = app.db.account(who.account_id).await?;
    let rows = documents::list(&mut tx, store_id, kind, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, DocumentView::from)
}

/// Shows an adjustment, a count, a transfer or a receipt.
#[utoipa::path(get, path = "/v1/inventory/documents/{id}", tag = "inventory", params(("id" = Uuid, Path)),
    responses((status = 200, body = DocumentView), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    app: Data<App>,
    who: Member,
    Id(id): Id<StockDocumentId>,
) -> ApiResult<Json<DocumentView>> {
    let mut tx = app.db.account(who.account_id).await?;
    let document = documents::get(&mut tx, id).await?;
    let document = document.ok_or(Error::NotFound {
        what: "stock document",
    })?;
    Ok(Json(document.into()))
}
