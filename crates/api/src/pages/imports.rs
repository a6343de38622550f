//! A store's imports.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use suite_core::{id::StoreId, import::ImportState};
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
    extract::{Id, Listing},
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
    /// Where a program sends its file.
    pub(super) url: String,
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
) -> ApiResult<HttpResponse> {
    let (tx, mut shell, store) = Shell::open_store(&app, &who, Section::Imports, Some(id)).await?;
    tx.commit().await?;
    "Import invoices".clone_into(&mut shell.title);
    let base = app.settings.http.base_url.trim_end_matches('/');
    let url = format!("{base}/v1/stores/{id}/imports?format=invoice_lines");
    render::page(&NewPage { shell, store, url })
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
