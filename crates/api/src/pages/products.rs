//! What a store sells, by SKU.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use serde::Deserialize;
use suite_core::id::StoreId;
use suite_db::variants::{self, Variant, VariantFilter};

use super::{
    display::{Moment, grouped},
    list::next_page,
    render,
    shell::{Section, Shell, StoreInView},
    visitor::Visitor,
};
use crate::{App, extract::Listing, problem::ApiResult};

/// Which products to list. A form sends the field empty for all of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filters {
    store_id: Option<StoreId>,
    #[serde(default)]
    search: String,
}

#[derive(Template)]
#[template(path = "products.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) search: String,
    /// Prices are shown where any are known: invoices alone name none.
    pub(super) has_prices: bool,
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<String>,
}

/// A product in the list.
pub(super) struct Row {
    pub(super) sku: String,
    pub(super) title: String,
    pub(super) price: String,
    pub(super) seen: Moment,
}

/// Lists what the store sells, in the order in which it was first seen.
pub(super) async fn list(
    app: Data<App>,
    who: Visitor,
    listing: Listing<Filters>,
) -> ApiResult<HttpResponse> {
    let (page, filters) = (listing.page, listing.filters);
    let (mut tx, shell, store) =
        Shell::open_store(&app, &who, Section::Products, filters.store_id).await?;
    let search = filters.search.trim();
    let filter = VariantFilter {
        store_id: Some(store.id),
        search: (!search.is_empty()).then(|| search.to_owned()),
        ..VariantFilter::default()
    };
    let mut rows = variants::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    tx.commit().await?;
    let next = next_page(&page, &mut rows, |row| row.id)?;
    render::page(&Page {
        has_prices: rows.iter().any(|row| row.price.is_some()),
        rows: rows.into_iter().map(|row| Row::new(row, &store)).collect(),
        search: search.to_owned(),
        shell,
        store,
        next,
    })
}

impl Row {
    fn new(variant: Variant, store: &StoreInView) -> Self {
        let currency = variant.currency;
        Self {
            sku: variant.sku,
            title: variant.title,
            price: variant
                .price
                .map(|price| grouped(&currency.format(price)))
                .unwrap_or_default(),
            seen: Moment::new(variant.created_at, store.zone()),
        }
    }
}
