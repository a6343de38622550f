//! Files of goods: products, stock, counts.
//!
//! Such a file is as long as a catalogue, not as long as a history: it is read once into memory, within bounds, and written in
//! batches that move the checkpoint.

mod parse;
mod write;

use suite_db::{
    Db,
    imports::{self, Checkpoint, Import},
};
use tokio::sync::mpsc;

use super::{
    control::{Control, Halt},
    pipeline::Summary,
    source::{Text, Upload, feed},
    write::Target,
};
use parse::{Told, parse};

/// Rows written in one transaction.
const BATCH: usize = 1_000;

/// Reads an upload of goods into its store, from its checkpoint to its end.
pub(super) async fn run<C: Control>(
    db: &Db,
    target: &Target,
    import: &Import,
    control: &C,
) -> Result<Summary, Halt<C::Stop>> {
    control.progress(0, None, "looking through the file");
    let rows = read(db, target, import).await?;
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let mut tx = db.account(target.account_id).await?;
    imports::set_rows_total(&mut tx, target.import_id, total).await?;
    tx.commit().await?;
    let mut checkpoint = import.checkpoint();
    loop {
        control.check().map_err(Halt::Stopped)?;
        let begin = usize::try_from(checkpoint.rows_read).unwrap_or(0);
        let rest = rows.get(begin..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(checkpoint.into());
        }
        let batch = &rest[..BATCH.min(rest.len())];
        checkpoint = write_batch(db, target, (import, checkpoint), batch, control).await?;
        control.progress(checkpoint.rows_read, Some(total), "writing");
    }
}

async fn read<S>(db: &Db, target: &Target, import: &Import) -> Result<Vec<Told>, Halt<S>> {
    let (sender, pieces) = mpsc::channel(2);
    let (is_gzip, format) = (import.is_gzip, import.format);
    let reading = tokio::task::spawn_blocking(move || {
        parse(Text::open(Upload::new(pieces), is_gzip)?, format)
    });
    feed(
        db,
        target.account_id,
        target.import_id,
        import.size_bytes,
        sender,
    )
    .await;
    Ok(reading.await.map_err(suite_core::Error::internal)??)
}

async fn write_batch<C: Control>(
    db: &Db,
    target: &Target,
    (import, before): (&Import, Checkpoint),
    batch: &[Told],
    control: &C,
) -> Result<Checkpoint, Halt<C::Stop>> {
    let mut tx = db.account(target.account_id).await?;
    imports::hold_store(&mut tx, target.store_id).await?;
    let written = write::write(&mut tx, target, import, batch).await?;
    if !written.rejects.is_empty() {
        imports::keep_rejects(&mut tx, target.import_id, &written.rejects).await?;
    }
    let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
    let behind = Checkpoint {
        rows_read: before.rows_read + count(batch.len()),
        rows_added: before.rows_added + count(written.added),
        rows_unchanged: before.rows_unchanged
            + count(batch.len() - written.added - written.rejects.len()),
        rows_rejected: before.rows_rejected + count(written.rejects.len()),
    };
    // Last, because the job's row is held from here to the commit.
    control.fence(&mut tx).await.map_err(Halt::Stopped)?;
    if !imports::advance(&mut tx, target.import_id, before, behind).await? {
        let moved = "somebody else moved the checkpoint of this import";
        return Err(suite_core::Error::internal(moved).into());
    }
    tx.commit().await?;
    control.written().await;
    Ok(behind)
}
