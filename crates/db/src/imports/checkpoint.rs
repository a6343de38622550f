use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::{Error, id::ImportId, import::ImportState};

use super::{Import, find};
use crate::{
    AccountTx, DbResult,
    schema::{import_chunks, imports},
};

/// How far an import has come: counts of rows of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Done with.
    pub rows_read: i64,
    /// New.
    pub rows_added: i64,
    /// Known before.
    pub rows_unchanged: i64,
    /// Refused.
    pub rows_rejected: i64,
}

impl Import {
    /// Returns how far it has come.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            rows_read: self.rows_read,
            rows_added: self.rows_added,
            rows_unchanged: self.rows_unchanged,
            rows_rejected: self.rows_rejected,
        }
    }
}

/// Marks an import as being read, whatever became of earlier attempts, and returns it; one that succeeded stays so.
///
/// # Errors
/// [`Error::NotFound`] when there is no complete upload of this id.
pub async fn begin_run(tx: &mut AccountTx, id: ImportId) -> DbResult<Import> {
    diesel::update(
        imports::table
            .filter(imports::account_id.eq(tx.account_id().as_uuid()))
            .filter(imports::id.eq(id.as_uuid()))
            .filter(
                imports::state
                    .ne_all([ImportState::Uploading.name(), ImportState::Succeeded.name()]),
            ),
    )
    .set((
        imports::state.eq(ImportState::Running.name()),
        imports::error.eq(None::<String>),
        imports::finished_at.eq(None::<chrono::DateTime<chrono::Utc>>),
    ))
    .execute(&mut **tx)
    .await?;
    let import = find(tx, id).await?;
    if import.state == ImportState::Uploading {
        return Err(Error::NotFound { what: "import" }.into());
    }
    Ok(import)
}

/// Notes how many rows the file has.
///
/// # Errors
/// When the server is away.
pub async fn set_rows_total(tx: &mut AccountTx, id: ImportId, rows_total: i64) -> DbResult<()> {
    diesel::update(
        imports::table
            .filter(imports::account_id.eq(tx.account_id().as_uuid()))
            .filter(imports::id.eq(id.as_uuid())),
    )
    .set(imports::rows_total.eq(rows_total))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Moves the checkpoint; returns false when it is not where the caller left it, and then nothing may be written.
///
/// # Errors
/// When the server is away.
pub async fn advance(
    tx: &mut AccountTx,
    id: ImportId,
    from: Checkpoint,
    to: Checkpoint,
) -> DbResult<bool> {
    let moved = diesel::update(
        imports::table
            .filter(imports::account_id.eq(tx.account_id().as_uuid()))
            .filter(imports::id.eq(id.as_uuid()))
            .filter(imports::state.eq(ImportState::Running.name()))
            .filter(imports::rows_read.eq(from.rows_read)),
    )
    .set((
        imports::rows_read.eq(to.rows_read),
        imports::rows_added.eq(to.rows_added),
        imports::rows_unchanged.eq(to.rows_unchanged),
        imports::rows_rejected.eq(to.rows_rejected),
    ))
    .execute(&mut **tx)
    .await?;
    Ok(moved == 1)
}

/// Ends an import that cannot be read, with a sentence for the merchant. The upload stays for a retry.
///
/// # Errors
/// When the server is away.
pub async fn fail(tx: &mut AccountTx, id: ImportId, error: &str) -> DbResult<()> {
    end(tx, id, ImportState::Failed, Some(error)).await
}

/// Ends an import that is through, and lets its upload go.
///
/// # Errors
/// When the server is away.
pub async fn succeed(tx: &mut AccountTx, id: ImportId) -> DbResult<()> {
    let account = tx.account_id().as_uuid();
    diesel::delete(
        import_chunks::table
            .filter(import_chunks::account_id.eq(account))
            .filter(import_chunks::import_id.eq(id.as_uuid())),
    )
    .execute(&mut **tx)
    .await?;
    end(tx, id, ImportState::Succeeded, None).await
}

async fn end(
    tx: &mut AccountTx,
    id: ImportId,
    state: ImportState,
    error: Option<&str>,
) -> DbResult<()> {
    diesel::update(
        imports::table
            .filter(imports::account_id.eq(tx.account_id().as_uuid()))
            .filter(imports::id.eq(id.as_uuid()))
            .filter(imports::state.eq(ImportState::Running.name())),
    )
    .set((
        imports::state.eq(state.name()),
        imports::error.eq(error),
        imports::finished_at.eq(diesel::dsl::now),
    ))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
