//! What vendors ask for variants.

use std::collections::HashSet;

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    id::{StoreId, VariantId, VendorId},
    money::format_quantity,
};
use suite_db::{
    AccountTx,
    inventory::{
        levels,
        supplier_prices::{self, NewSupplierPrice, SupplierPrice, SupplierPriceFilter},
        vendors,
    },
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::vendors::LEAD_DAYS;
use crate::{
    App,
    extract::{Json, Listing, Member, PageParams},
    fields::{self, Faults},
    idempotency::IdempotencyKey,
    problem::{ApiResult, ProblemView},
    respond::{Answer, PageOf},
};

/// The most prices of one request.
const PRICES_MAX: usize = 1_000;

/// What a vendor asks for a variant.
#[derive(Serialize, ToSchema)]
#[schema(as = SupplierPrice)]
pub(crate) struct PriceView {
    store_id: Uuid,
    variant_id: Uuid,
    vendor_id: Uuid,
    /// Of one piece, in `currency`.
    price: String,
    /// The vendor's currency.
    currency: String,
    /// The least that is sold (MOQ).
    minimum_quantity: String,
    /// Only whole packs of so many are sold.
    pack_size: String,
    /// Days from order to shelf; null: the vendor's.
    lead_time_days: Option<i32>,
    /// Whether the variant is ordered here when several vendors have it.
    is_preferred: bool,
    updated_at: DateTime<Utc>,
}

impl From<SupplierPrice> for PriceView {
    fn from(price: SupplierPrice) -> Self {
        Self {
            store_id: price.store_id.into(),
            variant_id: price.variant_id.into(),
            vendor_id: price.vendor_id.into(),
            price: price.currency.format(price.price),
            currency: price.currency.to_string(),
            minimum_quantity: format_quantity(price.minimum_quantity),
            pack_size: format_quantity(price.pack_size),
            lead_time_days: price.lead_time_days,
            is_preferred: price.is_preferred,
            updated_at: price.updated_at,
        }
    }
}

/// What a vendor asks from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PricesToSet {
    vendor_id: Uuid,
    #[schema(min_items = 1, max_items = 1000)]
    prices: Vec<PriceToSet>,
}

/// What it asks for a variant; what it asked before is replaced.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceToSet {
    variant_id: Uuid,
    /// Of one piece, in the vendor's currency.
    price: String,
    /// The least that is sold (MOQ); 1 when left out.
    minimum_quantity: Option<String>,
    /// Only whole packs of so many are sold; 1 when left out.
    pack_size: Option<String>,
    /// Days from order to shelf; the vendor's when left out.
    lead_time_days: Option<i32>,
    /// Whether the variant is ordered here from now on; of several vendors, one is preferred.
    #[serde(default)]
    is_preferred: bool,
}

impl PricesToSet {
    fn check(&self) -> ApiResult<Vec<NewSupplierPrice>> {
        let mut faults = Faults::default();
        if self.prices.is_empty() || self.prices.len() > PRICES_MAX {
            faults.add("prices", format!("must be 1 to {PRICES_MAX}"));
        }
        let mut seen = HashSet::new();
        let mut prices = Vec::with_capacity(self.prices.len());
        for (position, new) in self.prices.iter().enumerate() {
            let field = |name| format!("prices[{position}].{name}");
            if !seen.insert(new.variant_id) {
                faults.add(field("variant_id"), "stands in a price before");
            }
            let price = faults.check(fields::amount(&field("price"), &new.price))?;
            let mut lot = |name, text: &Option<String>| match text {
                Some(text) => faults.check(fields::positive(&field(name), text)),
                None => Ok(Some(Decimal::ONE)),
            };
            let minimum = lot("minimum_quantity", &new.minimum_quantity)?;
            let pack = lot("pack_size", &new.pack_size)?;
            let days = new
                .lead_time_days
                .map(|days| fields::within(&field("lead_time_days"), days, LEAD_DAYS));
            prices.push(NewSupplierPrice {
                variant_id: new.variant_id.into(),
                price: price.unwrap_or_default(),
                minimum_quantity: minimum.unwrap_or(Decimal::ONE),
                pack_size: pack.unwrap_or(Decimal::ONE),
                lead_time_days: days
                    .map(|checked| faults.check(checked))
                    .transpose()?
                    .flatten(),
                is_preferred: new.is_preferred,
            });
        }
        Ok(faults.all(Some(prices))?)
    }
}

/// Which prices to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PriceFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
    /// Only of this vendor.
    vendor_id: Option<Uuid>,
    /// Only of this variant.
    variant_id: Option<Uuid>,
}

/// Lists what vendors ask, by variant and vendor.
#[utoipa::path(get, path = "/v1/supplier-prices", tag = "purchasing", params(PriceFilters, PageParams),
    responses((status = 200, body = PageOf<PriceView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    app: Data<App>,
    who: Member,
    listing: Listing<PriceFilters>,
) -> ApiResult<PageOf<PriceView>> {
    let (page, filters) = (listing.page, listing.filters);
    let filter = SupplierPriceFilter {
        store_id: filters.store_id.map(StoreId::from),
        vendor_id: filters.vendor_id.map(VendorId::from),
        variant_id: filters.variant_id.map(VariantId::from),
    };
    let mut tx = app.db.account(who.account_id).await?;
    let rows = supplier_prices::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    PageOf::new(
        &page,
        rows,
        |row| (row.variant_id, row.vendor_id),
        PriceView::from,
    )
}

/// Sets what a vendor asks for variants.
#[utoipa::path(post, path = "/v1/supplier-prices", tag = "purchasing", request_body = PricesToSet,
    responses((status = 204, description = "Set."), (status = 404, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn set(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<PricesToSet>,
) -> ApiResult<Answer> {
    let prices = body.check()?;
    let work = async |tx: &mut AccountTx| {
        let vendor = vendors::lock(tx, body.vendor_id.into()).await?;
        let vendor = vendor.ok_or(Error::NotFound { what: "vendor" })?;
        let ids: Vec<VariantId> = prices.iter().map(|price| price.variant_id).collect();
        let (unknown, _) = levels::strangers(tx, vendor.store_id, &ids, &[]).await?;
        let mut faults = Faults::default();
        for (position, id) in ids.iter().enumerate() {
            if unknown.contains(id) {
                let field = format!("prices[{position}].variant_id");
                faults.add(field, "is no variant of this store");
            }
        }
        faults.all(Some(()))?;
        supplier_prices::set(tx, &vendor, &prices, app.clock.now()).await?;
        Ok(Answer::no_content())
    };
    key.run(&app, &who, work).await
}
