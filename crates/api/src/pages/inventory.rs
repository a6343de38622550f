//! What lies where in a store.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use serde::Deserialize;
use suite_core::{id::StoreId, money::format_quantity};
use suite_db::inventory::levels::{self, Level, LevelFilter};

use super::{
    display::{Moment, grouped},
    list::next_page,
    render,
    shell::{Section, Shell, StoreInView},
    visitor::Visitor,
};
use crate::{App, extract::Listing, problem::ApiResult};

/// Which levels to list. A form sends the field empty for all of them, and `low` only where it is ticked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filters {
    store_id: Option<StoreId>,
    #[serde(default)]
    search: String,
    #[serde(default)]
    low: String,
}

#[derive(Template)]
#[template(path = "inventory.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) search: String,
    pub(super) is_low: bool,
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<String>,
}

/// A variant at a location.
pub(super) struct Row {
    pub(super) sku: String,
    pub(super) title: String,
    pub(super) location: String,
    pub(super) on_hand: String,
    pub(super) reserved: String,
    pub(super) available: String,
    pub(super) incoming: String,
    pub(super) threshold: String,
    pub(super) is_low: bool,
    pub(super) changed: Moment,
}

/// Lists what lies where.
pub(super) async fn list(
    app: Data<App>,
    who: Visitor,
    listing: Listing<Filters>,
) -> ApiResult<HttpResponse> {
    let (page, filters) = (listing.page, listing.filters);
    let (mut tx, shell, store) =
        Shell::open_store(&app, &who, Section::Inventory, filters.store_id).await?;
    let search = filters.search.trim();
    let is_low = !filters.low.is_empty();
    let filter = LevelFilter {
        store_id: Some(store.id),
        search: (!search.is_empty()).then(|| search.to_owned()),
        is_low: is_low.then_some(true),
        ..LevelFilter::default()
    };
    let mut rows = levels::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    tx.commit().await?;
    let next = next_page(&page, &mut rows, |row| (row.variant_id, row.location_id))?;
    render::page(&Page {
        rows: rows.into_iter().map(|row| Row::new(row, &store)).collect(),
        search: search.to_owned(),
        is_low,
        shell,
        store,
        next,
    })
}

impl Row {
    fn new(level: Level, store: &StoreInView) -> Self {
        let pieces = |quantity| grouped(&format_quantity(quantity));
        Self {
            sku: level.sku,
            title: level.title,
            location: level.location,
            on_hand: pieces(level.on_hand),
            reserved: pieces(level.reserved),
            available: pieces(level.on_hand - level.reserved),
            incoming: pieces(level.incoming),
            threshold: pieces(level.threshold),
            is_low: level.is_low,
            changed: Moment::new(level.updated_at, store.zone()),
        }
    }
}
