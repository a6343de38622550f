//! A store's orders.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use serde::Deserialize;
use suite_core::{id::StoreId, money::format_quantity};
use suite_db::orders::{self, Order, OrderFilter};

use super::{
    display::{Moment, count, grouped},
    list::next_page,
    render,
    shell::{Section, Shell, StoreInView},
    visitor::Visitor,
};
use crate::{App, extract::Listing, problem::ApiResult};

/// Which orders to list. A form sends empty fields for those that do not matter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filters {
    store_id: Option<StoreId>,
    #[serde(default)]
    search: String,
    #[serde(default)]
    country: String,
}

#[derive(Template)]
#[template(path = "orders.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) search: String,
    pub(super) country: String,
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<String>,
}

/// An order in the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) is_credit_note: bool,
    pub(super) placed: Moment,
    pub(super) customer: String,
    pub(super) country: String,
    pub(super) lines: String,
    pub(super) units: String,
    pub(super) total: String,
}

/// Lists the orders of a store, the latest first.
pub(super) async fn list(
    app: Data<App>,
    who: Visitor,
    listing: Listing<Filters>,
) -> ApiResult<HttpResponse> {
    let (page, filters) = (listing.page, listing.filters);
    let (mut tx, shell, store) =
        Shell::open_store(&app, &who, Section::Orders, filters.store_id).await?;
    let given = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let filter = OrderFilter {
        store_id: Some(store.id),
        search: given(&filters.search),
        country: given(&filters.country),
        ..OrderFilter::default()
    };
    let mut rows = orders::list(&mut tx, &filter, page.after()?, page.rows()).await?;
    tx.commit().await?;
    let next = next_page(&page, &mut rows, |row| (row.placed_at, row.id))?;
    render::page(&Page {
        rows: rows.into_iter().map(|row| Row::new(row, &store)).collect(),
        shell,
        store,
        search: filters.search,
        country: filters.country,
        next,
    })
}

impl Row {
    fn new(order: Order, store: &StoreInView) -> Self {
        Self {
            id: order.id.to_string(),
            number: order.number,
            is_credit_note: order.is_credit_note,
            placed: Moment::new(order.placed_at, store.zone()),
            customer: order.customer_outside_id.unwrap_or_default(),
            country: order.country,
            lines: count(order.line_count.into()),
            units: grouped(&format_quantity(order.measures.units)),
            total: grouped(&order.currency.format(order.measures.total())),
        }
    }
}
