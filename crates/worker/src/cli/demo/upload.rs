//! Brings lines in as an upload by a merchant: in pieces, then a job.

use std::{
    fs::File,
    io::{self, Read, Write},
};

use anyhow::Context;
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use suite_core::{
    id::{ImportId, StoreId},
    import::{ImportFormat, ImportState},
    job::NewJob,
    jobs::RunImport,
};
use suite_db::{
    imports::{self, Import},
    jobs,
    stores::Store,
};
use tokio::sync::mpsc;

use super::{
    shop::{Lines, Shop},
    wait::Work,
};
use crate::{
    cli::{Console, audit, show},
    demo::Plan,
};

/// Bytes of a piece of the upload.
const PIECE: usize = 512 << 10;

/// Brings the shop's lines into its store and tells whether they had not been there.
pub(super) async fn bring_in(
    shop: &Shop,
    store: &Store,
    work: &mut Work<'_>,
    console: &mut Console<'_>,
) -> anyhow::Result<bool> {
    let mut tx = work.db.account(work.account_id).await?;
    let known = imports::list(&mut tx, Some(store.id), None, 100).await?;
    drop(tx);
    let known: Vec<&Import> = known
        .iter()
        .filter(|import| is_of(import, &shop.lines))
        .collect();
    if known
        .iter()
        .any(|import| import.state == ImportState::Succeeded)
    {
        return Ok(false);
    }
    let running = known
        .iter()
        .find(|import| matches!(import.state, ImportState::Queued | ImportState::Running));
    let result = match running.and_then(|import| import.job_id) {
        // An earlier run of this command was interrupted while it waited.
        Some(job_id) => work.wait(job_id, "import", console).await?,
        None => import(&shop.lines, store.id, work, console).await?,
    };
    work.progress.done(console, &summary(&result))?;
    Ok(true)
}

/// The made-up shop has one import, whatever day it was made on; a file is known by its size.
fn is_of(import: &Import, lines: &Lines) -> bool {
    match lines {
        Lines::MadeUp(_) => true,
        Lines::File(file) => u64::try_from(import.size_bytes) == Ok(file.size),
    }
}

async fn import(
    lines: &Lines,
    store_id: StoreId,
    work: &mut Work<'_>,
    console: &mut Console<'_>,
) -> anyhow::Result<Value> {
    let is_gzip = match lines {
        Lines::MadeUp(_) => true,
        Lines::File(file) => file.is_gzip,
    };
    let mut tx = work.db.account(work.account_id).await?;
    let id = imports::begin_upload(&mut tx, store_id, ImportFormat::InvoiceLines, is_gzip).await?;
    tx.commit().await?;
    let size = match upload(lines, id, work, console).await {
        Ok(size) => size,
        Err(error) => {
            let mut tx = work.db.account(work.account_id).await?;
            imports::abandon_upload(&mut tx, id).await?;
            tx.commit().await?;
            return Err(error);
        }
    };
    let mut tx = work.db.account(work.account_id).await?;
    let job = NewJob::new(work.account_id, &RunImport { import_id: id })?;
    let enqueued = jobs::enqueue(&mut tx, job).await?;
    imports::complete_upload(&mut tx, id, size, enqueued.job.id).await?;
    audit::note(
        &mut tx,
        work.session,
        "create_import",
        &id.to_string(),
        audit::no_detail(),
    )
    .await?;
    tx.commit().await?;
    work.run(enqueued.job, "import", console).await
}

/// Stores the lines piece by piece while they are made or read, and returns their size.
async fn upload(
    lines: &Lines,
    id: ImportId,
    work: &mut Work<'_>,
    console: &mut Console<'_>,
) -> anyhow::Result<i64> {
    // Two pieces on the way: making and storing overlap, and a slow database holds the maker up.
    let (sender, mut pieces) = mpsc::channel(2);
    let maker = match lines {
        Lines::MadeUp(plan) => {
            let plan = *plan;
            tokio::task::spawn_blocking(move || make(plan, sender))
        }
        Lines::File(file) => {
            let path = file.path.clone();
            tokio::task::spawn_blocking(move || read(File::open(path)?, sender))
        }
    };
    let (mut ordinal, mut size) = (0, 0);
    while let Some(piece) = pieces.recv().await {
        let piece: Vec<u8> = piece;
        let mut tx = work.db.account(work.account_id).await?;
        imports::append_chunk(&mut tx, id, ordinal, &piece).await?;
        tx.commit().await?;
        ordinal += 1;
        size += i64::try_from(piece.len())?;
        let kibibytes = show::thousands(size >> 10);
        work.progress
            .tell(console, &format!("upload: {kibibytes} KiB"))?;
    }
    maker.await?.context("the lines cannot be read")?;
    Ok(size)
}

fn make(plan: Plan, sender: mpsc::Sender<Vec<u8>>) -> io::Result<()> {
    let mut encoder = GzEncoder::new(Pieces::new(sender), Compression::fast());
    plan.write(&mut encoder)?;
    encoder.finish()?.finish()
}

fn read(mut file: impl Read, sender: mpsc::Sender<Vec<u8>>) -> io::Result<()> {
    let mut pieces = Pieces::new(sender);
    io::copy(&mut file, &mut pieces)?;
    pieces.finish()
}

/// Cuts what is written into pieces and sends them off.
struct Pieces {
    sender: mpsc::Sender<Vec<u8>>,
    piece: Vec<u8>,
}

impl Pieces {
    fn new(sender: mpsc::Sender<Vec<u8>>) -> Self {
        Self {
            sender,
            piece: Vec::with_capacity(PIECE),
        }
    }

    fn finish(mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            Ok(())
        } else {
            self.send()
        }
    }

    fn send(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.sender
            .blocking_send(piece)
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == PIECE {
            self.send()?;
        }
        Ok(taken)
    }

    /// Waits for the piece to be full: only the last one is small.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn summary(result: &Value) -> String {
    let count = |key: &str| result.get(key).and_then(Value::as_i64).unwrap_or_default();
    format!(
        "imported {}: {} added, {} known before, {} rejected",
        show::count(count("rows"), "row"),
        show::thousands(count("added")),
        show::thousands(count("unchanged")),
        show::thousands(count("rejected"))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_add_up_to_what_was_written() {
        let bytes: Vec<u8> = (0..PIECE * 2 + 7)
            .map(|index| (index % 251) as u8)
            .collect();
        let (sender, mut receiver) = mpsc::channel(2);
        let copy = bytes.clone();
        let reader = tokio::task::spawn_blocking(move || read(copy.as_slice(), sender));
        let mut pieces = Vec::new();
        while let Some(piece) = receiver.recv().await {
            pieces.push(piece);
        }
        reader.await.unwrap().unwrap();
        assert_eq!(
            pieces.iter().map(Vec::len).collect::<Vec<_>>(),
            [PIECE, PIECE, 7]
        );
        assert_eq!(pieces.concat(), bytes);
    }
}
