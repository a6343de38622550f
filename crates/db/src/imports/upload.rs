use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::{
    Error,
    id::{ImportId, JobId, StoreId},
    import::{ImportFormat, ImportState},
};

use crate::{
    AccountTx, DbResult,
    schema::{import_chunks, imports, stores},
};

/// Begins an upload into a store that exists.
///
/// # Errors
/// [`Error::NotFound`] when the account has no such store.
pub async fn begin_upload(
    tx: &mut AccountTx,
    store_id: StoreId,
    format: ImportFormat,
    is_gzip: bool,
) -> DbResult<ImportId> {
    let account = tx.account_id().as_uuid();
    let store_exists = diesel::select(diesel::dsl::exists(
        stores::table
            .filter(stores::account_id.eq(account))
            .filter(stores::id.eq(store_id.as_uuid()))
            .filter(stores::deleted_at.is_null()),
    ))
    .get_result::<bool>(&mut **tx)
    .await?;
    if !store_exists {
        return Err(Error::NotFound { what: "store" }.into());
    }
    let id = ImportId::new();
    diesel::insert_into(imports::table)
        .values((
            imports::account_id.eq(account),
            imports::id.eq(id.as_uuid()),
            imports::store_id.eq(store_id.as_uuid()),
            imports::format.eq(format.name()),
            imports::is_gzip.eq(is_gzip),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(id)
}

/// Keeps the next piece of an upload; `ordinal` counts from 0 without gaps. Pieces of about half a MiB serve best.
///
/// # Errors
/// [`Error::NotFound`] when no such upload is under way.
pub async fn append_chunk(
    tx: &mut AccountTx,
    id: ImportId,
    ordinal: i32,
    bytes: &[u8],
) -> DbResult<()> {
    use diesel::sql_types::{Binary, Integer, Text, Uuid};
    // One statement: a chunk never outlives the upload that it belongs to.
    let written = diesel::sql_query(
        "INSERT INTO import_chunks (account_id, import_id, ordinal, bytes) \
         SELECT account_id, id, $3, $4 FROM imports WHERE account_id = $1 AND id = $2 AND state = $5",
    )
    .bind::<Uuid, _>(tx.account_id().as_uuid())
    .bind::<Uuid, _>(id.as_uuid())
    .bind::<Integer, _>(ordinal)
    .bind::<Binary, _>(bytes)
    .bind::<Text, _>(ImportState::Uploading.name())
    .execute(&mut **tx)
    .await?;
    if written == 0 {
        return Err(Error::NotFound { what: "import" }.into());
    }
    Ok(())
}

/// Ends an upload whose last byte has arrived and hands it to the job that the caller writes in the same transaction.
///
/// # Errors
/// [`Error::NotFound`] when no such upload is under way.
pub async fn complete_upload(
    tx: &mut AccountTx,
    id: ImportId,
    size_bytes: i64,
    job_id: JobId,
) -> DbResult<()> {
    let changed = diesel::update(
        imports::table
            .filter(imports::account_id.eq(tx.account_id().as_uuid()))
            .filter(imports::id.eq(id.as_uuid()))
            .filter(imports::state.eq(ImportState::Uploading.name())),
    )
    .set((
        imports::state.eq(ImportState::Queued.name()),
        imports::size_bytes.eq(size_bytes),
        imports::job_id.eq(job_id.as_uuid()),
    ))
    .execute(&mut **tx)
    .await?;
    if changed == 0 {
        return Err(Error::NotFound { what: "import" }.into());
    }
    Ok(())
}

/// Forgets an upload that will not be completed, with its bytes. Does nothing when it is complete or gone.
///
/// # Errors
/// When the server is away.
pub async fn abandon_upload(tx: &mut AccountTx, id: ImportId) -> DbResult<()> {
    let account = tx.account_id().as_uuid();
    diesel::delete(
        imports::table
            .filter(imports::account_id.eq(account))
            .filter(imports::id.eq(id.as_uuid()))
            .filter(imports::state.eq(ImportState::Uploading.name())),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Returns one piece of an upload, or `None` behind the last.
///
/// # Errors
/// When the server is away.
pub async fn read_chunk(
    tx: &mut AccountTx,
    id: ImportId,
    ordinal: i32,
) -> DbResult<Option<Vec<u8>>> {
    let bytes = import_chunks::table
        .filter(import_chunks::account_id.eq(tx.account_id().as_uuid()))
        .filter(import_chunks::import_id.eq(id.as_uuid()))
        .filter(import_chunks::ordinal.eq(ordinal))
        .select(import_chunks::bytes)
        .first(&mut **tx)
        .await
        .optional()?;
    Ok(bytes)
}
