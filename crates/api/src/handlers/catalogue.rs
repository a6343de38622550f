//! What is sold: products and their variants.

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use suite_core::id::{ProductId, StoreId};
use suite_db::{
    products::{self, Product, ProductFilter},
    variants::{self, Variant, VariantFilter},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    extract::{Listing, Member, PageParams},
    problem::{ApiResult, ProblemView},
    respond::PageOf,
};

/// A product.
#[derive(Serialize, ToSchema)]
#[schema(as = Product)]
pub(crate) struct ProductView {
    id: Uuid,
    store_id: Uuid,
    /// What the source calls it in addresses; the SKU where the source knows only SKUs.
    handle: String,
    /// The source's id.
    outside_id: Option<String>,
    title: String,
    vendor: String,
    product_type: String,
    /// `active`, `draft` or `archived`.
    status: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A sellable form of a product. Amounts are decimal strings in `currency`.
#[derive(Serialize, ToSchema)]
#[schema(as = Variant)]
pub(crate) struct VariantView {
    id: Uuid,
    store_id: Uuid,
    product_id: Uuid,
    /// Matched case-sensitively; empty when the source has none.
    sku: String,
    /// The source's id.
    outside_id: Option<String>,
    title: String,
    currency: String,
    price: Option<String>,
    cost: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Product> for ProductView {
    fn from(product: Product) -> Self {
        Self {
            id: product.id.into(),
            store_id: product.store_id.into(),
            handle: product.handle,
            outside_id: product.outside_id,
            title: product.title,
            vendor: product.vendor,
            product_type: product.product_type,
            status: product.status,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

impl From<Variant> for VariantView {
    fn from(variant: Variant) -> Self {
        let format = |amount| variant.currency.format(amount);
        Self {
            id: variant.id.into(),
            store_id: variant.store_id.into(),
            product_id: variant.product_id.into(),
            currency: variant.currency.to_string(),
            price: variant.price.map(format),
            cost: variant.cost.map(format),
            sku: variant.sku,
            outside_id: variant.outside_id,
            title: variant.title,
            created_at: variant.created_at,
            updated_at: variant.updated_at,
        }
    }
}

/// Which products to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
    /// Only those whose title or handle holds it, in any case of letters.
    search: Option<String>,
    /// Only in this status.
    status: Option<String>,
}

/// Which variants to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VariantFilters {
    /// Only of this store.
    store_id: Option<Uuid>,
    /// Only forms of this product.
    product_id: Option<Uuid>,
    /// Only this SKU, exactly.
    sku: Option<String>,
    /// Only those whose SKU or title holds it, in any case of letters.
    search: Option<String>,
}

/// Lists the products, in the order in which they were first seen.
#[utoipa::path(get, path = "/v1/products", tag = "catalogue", params(ProductFilters, PageParams),
    responses((status = 200, body = PageOf<ProductView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list_products(
    app: Data<App>,
    who: Member,
    listing: Listing<ProductFilters>,
) -> ApiResult<PageOf<ProductView>> {
    let page = listing.page;
    let filter = ProductFilter {
        store_id: listing.filters.store_id.map(StoreId::from),
        search: listing.filters.search,
        status: listing.filters.status,
    };
    let mut tx = app.db.account(who.account_id).await?;
    let rows = products::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, ProductView::from)
}

/// Lists the variants, in the order in which they were first seen.
#[utoipa::path(get, path = "/v1/variants", tag = "catalogue", params(VariantFilters, PageParams),
    responses((status = 200, body = PageOf<VariantView>), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list_variants(
    app: Data<App>,
    who: Member,
    listing: Listing<VariantFilters>,
) -> ApiResult<PageOf<VariantView>> {
    let page = listing.page;
    let filter = VariantFilter {
        store_id: listing.filters.store_id.map(StoreId::from),
        product_id: listing.filters.product_id.map(ProductId::from),
        sku: listing.filters.sku,
        search: listing.filters.search,
    };
    let mut tx = app.db.account(who.account_id).await?;
    let rows = variants::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    PageOf::new(&page, rows, |row| row.id, VariantView::from)
}
