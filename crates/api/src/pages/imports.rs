//! A store's imports.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use serde::Deserialize;
use suite_core::{
    id::StoreId,
    import::{ImportFormat, ImportState},
};
use suite_db::imports::{self, Import};

use super::{
    display::{self, Moment},
    list::{OfStore, next_page},
    render,
    shell::{Section, Shell, StoreInView},
    visitor::Visitor,
};
use crate::{
    App,
    extract::{Id, Listing, Query},
    problem::ApiResult,
};

#[derive(Template)]
#[template(path = "imports.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<String>,
}

/// An import in the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) state: &'static str,
    pub(super) size: String,
    pub(super) read: String,
    pub(super) added: String,
    pub(super) unchanged: String,
    pub(super) rejected: String,
    pub(super) began: Moment,
}

#[derive(Template)]
#[template(path = "import_new.html")]
pub(super) struct NewPage {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) formats: Vec<Format>,
    /// How the rows of the file are read.
    pub(super) format: String,
    pub(super) columns: &'static str,
    pub(super) hint: &'static str,
    /// Where a program sends its file.
    pub(super) url: String,
}

/// A format to choose.
pub(super) struct Format {
    pub(super) name: String,
    pub(super) label: &'static str,
    pub(super) is_chosen: bool,
}

/// Which format the form is for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    format: Option<String>,
}

/// Says of a format what it is called, which columns it needs, and what else is worth knowing.
const fn described(format: ImportFormat) -> (&'static str, &'static str, &'static str) {
    match format {
        ImportFormat::InvoiceLines => (
            "Invoices",
            "InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country",
            "Times like 2010-12-01 08:26:00; one row for each line of an invoice. Lines that are known already are not \
             counted twice.",
        ),
        ImportFormat::ShopifyOrders => (
            "Shopify orders",
            "Name, Currency, Subtotal, Shipping, Taxes, Total, Discount Amount, Created at, Lineitem quantity, \
             Lineitem name, Lineitem price",
            "Shopify's export of orders as it is. Import the products first, so that items find them, and the stock last. A \
             later export stands in place of an earlier one.",
        ),
        ImportFormat::ShopifyProducts => (
            "Shopify products",
            "Handle, Title, Option1 Value, Variant Price",
            "Shopify's export of products as it is. A quantity counts where Shopify tracks it.",
        ),
        ImportFormat::ShopifyInventory => (
            "Shopify inventory",
            "Handle, Option1 Value, Location, On hand",
            "Shopify's export of stock as it is: what differs from the known stock becomes a line of the ledger.",
        ),
        ImportFormat::StockCount => (
            "Stock count",
            "SKU, Counted",
            "Perhaps with a column Location. What differs from the known stock becomes a line of the ledger.",
        ),
    }
}

/// Lists the imports of a store, the newest first.
pub(super) async fn list(
    app: Data<App>,
    who: Visitor,
    listing: Listing<OfStore>,
) -> ApiResult<HttpResponse> {
    let page = listing.page;
    let (mut tx, mut shell, store) =
        Shell::open_store(&app, &who, Section::Imports, listing.filters.store_id).await?;
    let mut rows = imports::list(&mut tx, Some(store.id), page.after()?, page.rows()).await?;
    tx.commit().await?;
    let next = next_page(&page, &mut rows, |row| row.id)?;
    shell.live(rows.iter().any(|row| is_under_way(row.state)));
    let rows = rows.into_iter().map(|row| Row::new(row, &store)).collect();
    render::page(&Page {
        shell,
        store,
        rows,
        next,
    })
}

/// Asks for a file.
pub(super) async fn new(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<StoreId>,
    Query(wanted): Query<Wanted>,
) -> ApiResult<HttpResponse> {
    let (tx, mut shell, store) = Shell::open_store(&app, &who, Section::Imports, Some(id)).await?;
    tx.commit().await?;
    "Import a file".clone_into(&mut shell.title);
    let format = wanted.format.and_then(|format| format.parse().ok());
    let format = format.unwrap_or(ImportFormat::InvoiceLines);
    let base = app.settings.http.base_url.trim_end_matches('/');
    let (_, columns, hint) = described(format);
    render::page(&NewPage {
        shell,
        store,
        formats: ImportFormat::ALL
            .map(|choice| Format {
                name: choice.name().to_owned(),
                label: described(choice).0,
                is_chosen: choice == format,
            })
            .into(),
        format: format.name().to_owned(),
        columns,
        hint,
        url: format!("{base}/v1/stores/{id}/imports?format={format}"),
    })
}

/// Tells whether something still happens by itself.
pub(super) fn is_under_way(state: ImportState) -> bool {
    match state {
        ImportState::Uploading | ImportState::Queued | ImportState::Running => true,
        ImportState::Succeeded | ImportState::Failed | ImportState::Cancelled => false,
    }
}

impl Row {
    fn new(import: Import, store: &StoreInView) -> Self {
        Self {
            id: import.id.to_string(),
            state: import.state.name(),
            size: display::size(import.size_bytes),
            read: display::count(import.rows_read),
            added: display::count(import.rows_added),
            unchanged: display::count(import.rows_unchanged),
            rejected: display::count(import.rows_rejected),
            began: Moment::new(import.created_at, store.zone()),
        }
    }
}
