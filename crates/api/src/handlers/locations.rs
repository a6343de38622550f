//! Where stock lies.

use actix_web::{HttpResponse, http::header::ETAG, web::Data};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    id::{LocationId, StoreId},
    money::format_quantity,
};
use suite_db::{
    AccountTx,
    inventory::locations::{self, Location, LocationChange},
    stores,
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

/// A location.
#[derive(Serialize, ToSchema)]
#[schema(as = Location)]
pub(crate) struct LocationView {
    id: Uuid,
    store_id: Uuid,
    name: String,
    /// Whether stock lies here when nothing else is said.
    is_default: bool,
    /// Its part of the store's demand, from `"0"` to `"1"`, as sales do not say from where they were sent. Null: the default
    /// location bears what the others leave, any other location nothing.
    demand_share: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Location> for LocationView {
    fn from(location: Location) -> Self {
        Self {
            id: location.id.into(),
            store_id: location.store_id.into(),
            name: location.name,
            is_default: location.is_default,
            demand_share: location.demand_share.map(format_quantity),
            created_at: location.created_at,
            updated_at: location.updated_at,
        }
    }
}

/// A location to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocationToMake {
    store_id: Uuid,
    /// Unique in the store.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Its part of the store's demand, from `"0"` to `"1"`; nothing when left out.
    demand_share: Option<String>,
}

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocationToChange {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Its part of the store's demand; `""` for none of its own.
    demand_share: Option<String>,
    /// `true` makes it the default one, in place of the present one.
    is_default: Option<bool>,
}

fn share(text: &str) -> suite_core::Result<Decimal> {
    fields::amount("demand_share", text).and_then(|share| {
        if share <= Decimal::ONE {
            Ok(share)
        } else {
            Err(Error::invalid("demand_share", "must be from 0 to 1"))
        }
    })
}

/// Which locations to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LocationFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
}

/// Lists the locations, oldest first.
#[utoipa::path(get, path = "/v1/locations", tag = "inventory", params(LocationFilters, PageParams),
    responses((status = 200, body = PageOf<LocationView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<LocationFilters>,
) -> ApiResult<PageOf<LocationView>> {
    let page = listing.page;
    let store_id = listing.filters.store_id.map(StoreId::from);
    let mut tx = app.db.account(who.account_id).await?;
    let rows = locations::list(&mut tx, store_id, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, LocationView::from)
}

/// Makes a location.
#[utoipa::path(post, path = "/v1/locations", tag = "inventory", request_body = LocationToMake,
    responses((status = 201, body = LocationView), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn create(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<LocationToMake>,
) -> ApiResult<Answer> {
    let mut faults = Faults::default();
    let name = faults.check(fields::name("name", &body.name))?;
    let wanted = body.demand_share.as_deref().map(share);
    let wanted = wanted
        .map(|checked| faults.check(checked))
        .transpose()?
        .flatten();
    let name = faults.all(name)?;
    let store_id = StoreId::from(body.store_id);
    let work = async |tx: &mut AccountTx| {
        hold_store(tx, store_id).await?;
        check_shares(tx, store_id, None, wanted).await?;
        let made = locations::create(tx, store_id, &name, wanted, app.clock.now()).await?;
        let (location, tag) = (format!("/v1/locations/{}", made.id), etag(made.revision));
        Ok(Answer::created(location, &LocationView::from(made))?.etag(tag))
    };
    key.run(&app, &who, work).await
}

/// One change of a store's locations at a time: their shares are judged together.
async fn hold_store(tx: &mut AccountTx, store_id: StoreId) -> ApiResult<()> {
    let store = stores::lock(tx, store_id).await?;
    store.ok_or(Error::NotFound { what: "store" })?;
    Ok(())
}

async fn check_shares(
    tx: &mut AccountTx,
    store_id: StoreId,
    changed: Option<LocationId>,
    wanted: Option<Decimal>,
) -> ApiResult<()> {
    let others: Decimal = locations::of_store(tx, store_id)
        .await?
        .into_iter()
        .filter(|location| Some(location.id) != changed)
        .filter_map(|location| location.demand_share)
        .sum();
    let wanted = wanted.unwrap_or_default();
    if others + wanted > Decimal::ONE {
        let message = format!("together with the other locations' {others} is more than 1");
        return Err(Error::invalid("demand_share", message).into());
    }
    Ok(())
}

async fn find(tx: &mut AccountTx, id: LocationId) -> ApiResult<Location> {
    let location = locations::get(tx, id).await?;
    Ok(location.ok_or(Error::NotFound { what: "location" })?)
}

/// Shows a location.
#[utoipa::path(get, path = "/v1/locations/{id}", tag = "inventory", params(("id" = Uuid, Path)),
    responses((status = 200, body = LocationView), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    app: Data<App>,
    who: Member,
    Id(id): Id<LocationId>,
) -> ApiResult<HttpResponse> {
    let mut tx = app.db.account(who.account_id).await?;
    let location = find(&mut tx, id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, etag(location.revision)))
        .json(LocationView::from(location)))
}

/// Changes a location.
#[utoipa::path(patch, path = "/v1/locations/{id}", tag = "inventory", request_body = LocationToChange,
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    responses((status = 200, body = LocationView), (status = 404, body = ProblemView),
        (status = 409, body = ProblemView), (status = 412, body = ProblemView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn update(
    app: Data<App>,
    who: Member,
    Id(id): Id<LocationId>,
    version: IfMatch,
    key: IdempotencyKey,
    Json(body): Json<LocationToChange>,
) -> ApiResult<Answer> {
    let change = body.check()?;
    let work = async |tx: &mut AccountTx| {
        let store_id = find(tx, id).await?.store_id;
        hold_store(tx, store_id).await?;
        // Again, now that nobody else can change it.
        let location = find(tx, id).await?;
        version.check(location.revision)?;
        if let Some(wanted) = change.demand_share {
            check_shares(tx, store_id, Some(id), wanted).await?;
        }
        let location = locations::update(tx, &location, &change, app.clock.now()).await?;
        let tag = etag(location.revision);
        Ok(Answer::ok(&LocationView::from(location))?.etag(tag))
    };
    key.run(&app, &who, work).await
}

impl LocationToChange {
    fn check(&self) -> ApiResult<LocationChange> {
        let mut faults = Faults::default();
        let name = self.name.as_deref().map(|name| fields::name("name", name));
        let name = name.map(|checked| faults.check(checked)).transpose()?;
        let wanted = match self.demand_share.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(text) => Some(faults.check(share(text))?),
        };
        if self.is_default == Some(false) {
            faults.add(
                "is_default",
                "make another location the default one instead",
            );
        }
        Ok(faults.all(Some(LocationChange {
            name: name.flatten(),
            demand_share: wanted,
            becomes_default: self.is_default == Some(true),
        }))?)
    }
}
