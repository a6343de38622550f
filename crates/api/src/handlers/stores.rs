//! The merchant's stores.

mod change;

pub(crate) use change::{__path_delete, __path_update, delete, update};

use actix_web::{HttpResponse, http::header::ETAG, web::Data};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use suite_core::{Error, id::StoreId, money::Currency};
use suite_db::{
    AccountTx,
    stores::{self, NewStore, Store},
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, IfNoneMatch, Json, Listing, Member, NoFilters, PageParams, etag},
    fields::{self, Faults},
    idempotency::IdempotencyKey,
    problem::{ApiResult, ProblemView},
    respond::{Answer, PageOf},
};

/// Where a store's orders come from.
const PLATFORMS: [&str; 2] = ["manual", "shopify"];

/// A store.
#[derive(Serialize, ToSchema)]
#[schema(as = Store)]
pub(crate) struct StoreView {
    id: Uuid,
    name: String,
    /// ISO 4217.
    currency: String,
    /// IANA; the store's days begin in it.
    timezone: String,
    /// `manual` or `shopify`.
    platform: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Store> for StoreView {
    fn from(store: Store) -> Self {
        Self {
            id: store.id.into(),
            name: store.name,
            currency: store.currency.to_string(),
            timezone: store.timezone,
            platform: store.platform,
            created_at: store.created_at,
            updated_at: store.updated_at,
        }
    }
}

/// A store to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreToMake {
    /// What to call it.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// ISO 4217, such as `GBP`.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    /// IANA, such as `Europe/London`.
    timezone: String,
    /// `manual` (the default) or `shopify`.
    platform: Option<String>,
}

impl StoreToMake {
    fn check(&self) -> ApiResult<NewStore> {
        let mut faults = Faults::default();
        let name = faults.check(fields::name("name", &self.name))?;
        let currency = faults.check(currency(&self.currency))?;
        let timezone = faults.check(timezone(&self.timezone))?;
        let platform = self.platform.as_deref().unwrap_or("manual");
        let platform = faults.check(fields::one_of("platform", platform, &PLATFORMS))?;
        let values = name.zip(currency).zip(timezone).zip(platform);
        let (((name, currency), timezone), platform) = faults.all(values)?;
        Ok(NewStore {
            name,
            currency,
            timezone,
            platform,
        })
    }
}

fn currency(text: &str) -> suite_core::Result<Currency> {
    text.parse()
        .ok()
        .filter(Currency::is_listed)
        .ok_or_else(|| Error::invalid("currency", "is no currency of ISO 4217, such as GBP"))
}

fn timezone(text: &str) -> suite_core::Result<String> {
    text.parse::<Tz>()
        .map(|zone| zone.name().to_owned())
        .map_err(|_| Error::invalid("timezone", "is no IANA time zone, such as Europe/London"))
}

fn missing() -> Error {
    Error::NotFound { what: "store" }
}

/// Lists the stores, oldest first.
#[utoipa::path(get, path = "/v1/stores", tag = "stores", params(PageParams),
    responses((status = 200, body = PageOf<StoreView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<NoFilters>,
) -> ApiResult<PageOf<StoreView>> {
    let page = listing.page;
    let mut tx = app.db.account(who.account_id).await?;
    let rows = stores::list(&mut tx, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, StoreView::from)
}

/// Makes a store, with one location, `Main`.
#[utoipa::path(post, path = "/v1/stores", tag = "stores", request_body = StoreToMake,
    responses((status = 201, body = StoreView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn create(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<StoreToMake>,
) -> ApiResult<Answer> {
    let new = body.check()?;
    let work = async |tx: &mut AccountTx| {
        let store = stores::create(tx, &new, app.clock.now()).await?;
        let (location, tag) = (format!("/v1/stores/{}", store.id), etag(store.revision));
        Ok(Answer::created(location, &StoreView::from(store))?.etag(tag))
    };
    key.run(&app, &who, work).await
}

/// Shows a store.
#[utoipa::path(get, path = "/v1/stores/{id}", tag = "stores", params(("id" = Uuid, Path)),
    responses((status = 200, body = StoreView), (status = 304, description = "As the client has it."),
        (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    app: Data<App>,
    who: Member,
    Id(id): Id<StoreId>,
    known: IfNoneMatch,
) -> ApiResult<HttpResponse> {
    let mut tx = app.db.account(who.account_id).await?;
    let store = stores::get(&mut tx, id).await?.ok_or_else(missing)?;
    let tag = (ETAG, etag(store.revision));
    if known.has(store.revision) {
        return Ok(HttpResponse::NotModified().insert_header(tag).finish());
    }
    Ok(HttpResponse::Ok()
        .insert_header(tag)
        .json(StoreView::from(store)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_has_a_real_currency_and_a_real_time_zone() {
        let body = |currency: &str, timezone: &str| StoreToMake {
            name: "Tea".to_owned(),
            currency: currency.to_owned(),
            timezone: timezone.to_owned(),
            platform: None,
        };
        assert_eq!(
            body("GBP", "Europe/London").check().unwrap().platform,
            "manual"
        );
        for (currency, timezone) in [
            ("GPB", "Europe/London"),
            ("gbp", "Europe/London"),
            ("GBP", "London"),
            ("GBP", ""),
        ] {
            assert!(
                body(currency, timezone).check().is_err(),
                "{currency} {timezone}"
            );
        }
    }
}
