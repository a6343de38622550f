use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use suite_core::{import::ImportFormat, job::NewJob, jobs::RunImport};
use suite_db::{imports, jobs};

use crate::{File, jobs::wait_for, stand::Stand};

/// As the API cuts an upload.
const CHUNK_BYTES: usize = 512 * 1024;

/// Imports the file from end to end: from the first byte of the upload until the job has succeeded.
pub(crate) async fn run(stand: &Stand, file: &File) -> Result<Duration> {
    let started = Instant::now();
    let mut tx = stand.db.account(stand.account_id).await?;
    let id =
        imports::begin_upload(&mut tx, stand.store_id, ImportFormat::InvoiceLines, true).await?;
    tx.commit().await?;
    for (ordinal, bytes) in (0..).zip(file.gzip.chunks(CHUNK_BYTES)) {
        let mut tx = stand.db.account(stand.account_id).await?;
        imports::append_chunk(&mut tx, id, ordinal, bytes).await?;
        tx.commit().await?;
    }
    let job = NewJob::new(stand.account_id, &RunImport { import_id: id })?;
    let job_id = job.id;
    let mut tx = stand.db.account(stand.account_id).await?;
    imports::complete_upload(&mut tx, id, file.gzip.len().try_into()?, job_id).await?;
    let enqueued = jobs::enqueue(&mut tx, job).await?;
    tx.commit().await?;
    stand.broker.dispatch(&[enqueued.job]);
    let done = wait_for(stand, job_id, Duration::from_millis(20)).await?;
    let taken = started.elapsed();
    let rows = done.result.as_ref().map(|result| &result["rows"]);
    ensure!(
        rows.and_then(serde_json::Value::as_u64) == Some(file.rows),
        "the import read {rows:?} of {} rows",
        file.rows
    );
    Ok(taken)
}
