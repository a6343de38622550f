//! One import.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use suite_core::id::ImportId;
use suite_db::{
    AccountTx,
    imports::{self, Import},
    jobs,
};

use super::{
    display::{self, Moment},
    imports::is_under_way,
    live::Live,
    render,
    shell::{Section, Shell, StoreInView},
    visitor::Visitor,
};
use crate::{App, extract::Id, problem::ApiResult};

/// So many rejected rows are shown; the file has all.
const REJECTS: i64 = 50;

#[derive(Template)]
#[template(path = "import.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) id: String,
    pub(super) state: &'static str,
    pub(super) error: Option<String>,
    pub(super) live: Option<Live>,
    pub(super) read: String,
    pub(super) added: String,
    pub(super) unchanged: String,
    pub(super) rejected: String,
    pub(super) size: String,
    pub(super) began: Moment,
    pub(super) took: String,
    pub(super) rejects: Vec<Reject>,
}

/// A row that was not taken.
pub(super) struct Reject {
    pub(super) line: String,
    pub(super) reason: String,
    pub(super) content: String,
}

/// Shows an import, while it runs and after.
pub(super) async fn show(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<ImportId>,
) -> ApiResult<HttpResponse> {
    // The store is known only by the import.
    let mut tx = app.db.account(who.0.account_id).await?;
    let import = imports::find(&mut tx, id).await?;
    tx.commit().await?;
    let (mut tx, mut shell, store) =
        Shell::open_store(&app, &who, Section::Imports, Some(import.store_id)).await?;
    let live = live(&mut tx, &import).await?;
    let rejects = imports::rejects(&mut tx, id, 0, REJECTS).await?;
    tx.commit().await?;
    "Import".clone_into(&mut shell.title);
    shell.live(live.is_some());
    let rejects = rejects.into_iter().map(|reject| Reject {
        line: display::count(reject.line_number),
        reason: reject.reason,
        content: reject.content,
    });
    render::page(&page(shell, store, import, live, rejects.collect()))
}

async fn live(tx: &mut AccountTx, import: &Import) -> ApiResult<Option<Live>> {
    match import.job_id {
        Some(job_id) if is_under_way(import.state) => {
            let job = jobs::find(tx, job_id).await?;
            Ok(job.as_ref().map(Live::new))
        }
        _ => Ok(None),
    }
}

fn page(
    shell: Shell,
    store: StoreInView,
    import: Import,
    live: Option<Live>,
    rejects: Vec<Reject>,
) -> Page {
    Page {
        id: import.id.to_string(),
        state: import.state.name(),
        live,
        read: match import.rows_total {
            Some(total) if total != import.rows_read => format!(
                "{} of {}",
                display::count(import.rows_read),
                display::count(total)
            ),
            _ => display::count(import.rows_read),
        },
        added: display::count(import.rows_added),
        unchanged: display::count(import.rows_unchanged),
        rejected: display::count(import.rows_rejected),
        size: display::size(import.size_bytes),
        began: Moment::new(import.created_at, store.zone()),
        took: import
            .finished_at
            .map(|ended| display::duration(ended - import.created_at))
            .unwrap_or_default(),
        error: import.error,
        rejects,
        shell,
        store,
    }
}
