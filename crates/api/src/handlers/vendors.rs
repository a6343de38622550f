//! From whom stock is bought.

use actix_web::{HttpResponse, http::header::ETAG, web::Data};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    credentials::normalize_email,
    id::{StoreId, VendorId},
    money::Currency,
};
use suite_db::{
    AccountTx,
    imports::hold_store,
    inventory::vendors::{self, NewVendor, Vendor, VendorChange},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, IfMatch, Json, Listing, Member, PageParams, etag},
    fields::{self, Faults},
    idempotency::IdempotencyKey,
    problem::{ApiResult, ProblemView},
    respond::{Answer, PageOf},
};

/// Bounds of a lead time.
pub(super) const LEAD_DAYS: (i32, i32) = (0, 365);

/// A vendor.
#[derive(Serialize, ToSchema)]
#[schema(as = Vendor)]
pub(crate) struct VendorView {
    id: Uuid,
    store_id: Uuid,
    name: String,
    /// Where orders go; empty when not known.
    email: String,
    /// ISO 4217: in which it asks for money.
    currency: String,
    /// Days from order to shelf.
    lead_time_days: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Vendor> for VendorView {
    fn from(vendor: Vendor) -> Self {
        Self {
            id: vendor.id.into(),
            store_id: vendor.store_id.into(),
            name: vendor.name,
            email: vendor.email,
            currency: vendor.currency.to_string(),
            lead_time_days: vendor.lead_time_days,
            created_at: vendor.created_at,
            updated_at: vendor.updated_at,
        }
    }
}

/// A vendor to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VendorToMake {
    store_id: Uuid,
    /// Unique in the store.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    email: Option<String>,
    /// ISO 4217; the store's when left out.
    currency: Option<String>,
    /// Days from order to shelf, 0 to 365.
    #[schema(minimum = 0, maximum = 365)]
    lead_time_days: i32,
}

/// What to change; what is left out stays. The currency stays as well: prices are kept in it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VendorToChange {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// `""` for none.
    email: Option<String>,
    #[schema(minimum = 0, maximum = 365)]
    lead_time_days: Option<i32>,
}

fn email(text: &str) -> suite_core::Result<String> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    normalize_email("email", text)
}

fn currency(text: &str) -> suite_core::Result<Currency> {
    text.parse()
        .ok()
        .filter(Currency::is_listed)
        .ok_or_else(|| Error::invalid("currency", "is no currency of ISO 4217, such as GBP"))
}

fn lead_time(days: i32) -> suite_core::Result<i32> {
    fields::within("lead_time_days", days, LEAD_DAYS)
}

/// Which vendors to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VendorFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
}

/// Lists the vendors, oldest first.
#[utoipa::path(get, path = "/v1/vendors", tag = "purchasing", params(VendorFilters, PageParams),
    responses((status = 200, body = PageOf<VendorView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<VendorFilters>,
) -> ApiResult<PageOf<VendorView>> {
    let page = listing.page;
    let store_id = listing.filters.store_id.map(StoreId::from);
    let mut tx = app.db.account(who.account_id).await?;
    let rows = vendors::list(&mut tx, store_id, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, VendorView::from)
}

/// Makes a vendor.
#[utoipa::path(post, path = "/v1/vendors", tag = "purchasing", request_body = VendorToMake,
    responses((status = 201, body = VendorView), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn create(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<VendorToMake>,
) -> ApiResult<Answer> {
    let mut faults = Faults::default();
    let name = faults.check(fields::name("name", &body.name))?;
    let email = faults.check(email(body.email.as_deref().unwrap_or_default()))?;
    let days = faults.check(lead_time(body.lead_time_days))?;
    let money = body.currency.as_deref().map(currency);
    let money = money
        .map(|checked| faults.check(checked))
        .transpose()?
        .flatten();
    let ((name, email), lead_time_days) = faults.all(name.zip(email).zip(days))?;
    let store_id = StoreId::from(body.store_id);
    let work = async |tx: &mut AccountTx| {
        let terms = hold_store(tx, store_id).await?;
        let new = NewVendor {
            name: name.clone(),
            email: email.clone(),
            currency: money.unwrap_or(terms.currency),
            lead_time_days,
        };
        let vendor = vendors::create(tx, store_id, &new, app.clock.now()).await?;
        let (location, tag) = (format!("/v1/vendors/{}", vendor.id), etag(vendor.revision));
        Ok(Answer::created(location, &VendorView::from(vendor))?.etag(tag))
    };
    key.run(&app, &who, work).await
}

fn missing() -> Error {
    Error::NotFound { what: "vendor" }
}

/// Shows a vendor.
#[utoipa::path(get, path = "/v1/vendors/{id}", tag = "purchasing", params(("id" = Uuid, Path)),
    responses((status = 200, body = VendorView), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    app: Data<App>,
    who: Member,
    Id(id): Id<VendorId>,
) -> ApiResult<HttpResponse> {
    let mut tx = app.db.account(who.account_id).await?;
    let vendor = vendors::get(&mut tx, id).await?.ok_or_else(missing)?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, etag(vendor.revision)))
        .json(VendorView::from(vendor)))
}

/// Changes a vendor.
#[utoipa::path(patch, path = "/v1/vendors/{id}", tag = "purchasing", request_body = VendorToChange,
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    responses((status = 200, body = VendorView), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView), (status = 412, body = ProblemView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn update(
    app: Data<App>,
    who: Member,
    Id(id): Id<VendorId>,
    version: IfMatch,
    key: IdempotencyKey,
    Json(body): Json<VendorToChange>,
) -> ApiResult<Answer> {
    let mut faults = Faults::default();
    let name = body.name.as_deref().map(|name| fields::name("name", name));
    let mail = body.email.as_deref().map(email);
    let days = body.lead_time_days.map(lead_time);
    let change = VendorChange {
        name: name
            .map(|checked| faults.check(checked))
            .transpose()?
            .flatten(),
        email: mail
            .map(|checked| faults.check(checked))
            .transpose()?
            .flatten(),
        lead_time_days: days
            .map(|checked| faults.check(checked))
            .transpose()?
            .flatten(),
    };
    let change = faults.all(Some(change))?;
    let work = async |tx: &mut AccountTx| {
        let vendor = vendors::lock(tx, id).await?.ok_or_else(missing)?;
        version.check(vendor.revision)?;
        let vendor = vendors::update(tx, id, &change, app.clock.now()).await?;
        let tag = etag(vendor.revision);
        Ok(Answer::ok(&VendorView::from(vendor))?.etag(tag))
    };
    key.run(&app, &who, work).await
}
