use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use suite_core::{
    Error,
    customer_key::CustomerKeys,
    id::{AccountId, ImportId},
    import::{ImportFormat, ImportState},
};
use suite_db::{
    Db, DbResult,
    imports::{self, Checkpoint, Import},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_util::task::AbortOnDropHandle;

use super::{
    batch::Batch,
    control::{Control, Halt},
    goods,
    inspect::{Inspection, inspect},
    parse::parse,
    scatter::Scatter,
    source::{FileError, Text, Upload, feed},
    whole_orders,
    write::{OrderWriter, Staged, Target, finish},
};

/// How often an import goes on from its checkpoint after another one wrote the same rows, before it waits for its next turn.
const RACES: u32 = 100;
/// With fewer connections than this, one batch is written at a time.
const CONNECTIONS_FOR_THREE: u32 = 5;

/// What came of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Rows of the file.
    pub(crate) rows: i64,
    /// Rows that were new.
    pub(crate) added: i64,
    /// Rows that were known before.
    pub(crate) unchanged: i64,
    /// Rows that were refused.
    pub(crate) rejected: i64,
}

impl From<Checkpoint> for Summary {
    fn from(checkpoint: Checkpoint) -> Self {
        Self {
            rows: checkpoint.rows_read,
            added: checkpoint.rows_added,
            unchanged: checkpoint.rows_unchanged,
            rejected: checkpoint.rows_rejected,
        }
    }
}

/// Reads an upload into its store, from its checkpoint to its end.
pub(crate) async fn run<C: Control>(
    db: &Db,
    account_id: AccountId,
    import_id: ImportId,
    control: &C,
) -> Result<Summary, Halt<C::Stop>> {
    let mut tx = db.account(account_id).await?;
    control.fence(&mut tx).await.map_err(Halt::Stopped)?;
    let import = imports::begin_run(&mut tx, import_id).await?;
    let terms = imports::hold_store(&mut tx, import.store_id).await?;
    tx.commit().await?;
    if import.state == ImportState::Succeeded {
        return Ok(import.checkpoint().into());
    }
    let target = Target {
        account_id,
        import_id,
        store_id: import.store_id,
        format: import.format,
        terms,
    };
    let (rows, way) = match import.format {
        ImportFormat::InvoiceLines => {
            let Inspection { rows, scatter } =
                look_through(db, &target, &import, control, inspect).await?;
            (rows, Way::Lines(Arc::new(scatter)))
        }
        ImportFormat::ShopifyOrders => {
            let inspect = whole_orders::inspect;
            let rows = look_through(db, &target, &import, control, inspect).await?;
            let keys = CustomerKeys::new(control.secret_key(), account_id)?;
            (rows, Way::Orders(keys))
        }
        ImportFormat::ShopifyProducts
        | ImportFormat::ShopifyInventory
        | ImportFormat::StockCount => return goods::run(db, &target, &import, control).await,
    };
    let run = Run {
        db,
        target,
        import,
        rows,
        control,
    };
    run.note_rows().await?;
    run.write_all(&way).await
}

/// How the rows of a file are read and written.
enum Way {
    /// Line by line.
    Lines(Arc<Scatter>),
    /// Order by order.
    Orders(CustomerKeys),
}

/// Goes through the whole file before anything of it is written.
async fn look_through<C: Control, T: Send + 'static>(
    db: &Db,
    target: &Target,
    import: &Import,
    control: &C,
    inspect: fn(Text, &AtomicI64) -> Result<T, FileError>,
) -> Result<T, Halt<C::Stop>> {
    let seen = Arc::new(AtomicI64::new(0));
    let (sender, pieces) = mpsc::channel(2);
    let reading = {
        let (seen, is_gzip) = (Arc::clone(&seen), import.is_gzip);
        tokio::task::spawn_blocking(move || {
            inspect(Text::open(Upload::new(pieces), is_gzip)?, &seen)
        })
    };
    let feeding = feed(
        db,
        target.account_id,
        target.import_id,
        import.size_bytes,
        sender,
    );
    let watching = async {
        tokio::pin!(feeding);
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(250));
        loop {
            tokio::select! {
                () = &mut feeding => return Ok::<(), Halt<C::Stop>>(()),
                _ = ticks.tick() => {
                    control.check().map_err(Halt::Stopped)?;
                    control.progress(seen.load(Ordering::Relaxed), None, "looking through the file");
                }
            }
        }
    };
    watching.await?;
    Ok(joined(reading).await??)
}

pub(super) async fn joined<T>(
    thread: JoinHandle<Result<T, FileError>>,
) -> Result<Result<T, FileError>, Error> {
    thread.await.map_err(Error::internal)
}

/// An import on its way.
pub(super) struct Run<'a, C> {
    pub(super) db: &'a Db,
    pub(super) target: Target,
    pub(super) import: Import,
    pub(super) rows: i64,
    pub(super) control: &'a C,
}

impl<C: Control> Run<'_, C> {
    async fn note_rows(&self) -> Result<(), Halt<C::Stop>> {
        let mut tx = self.db.account(self.target.account_id).await?;
        imports::set_rows_total(&mut tx, self.target.import_id, self.rows).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn write_all(&self, way: &Way) -> Result<Summary, Halt<C::Stop>> {
        let mut checkpoint = self.import.checkpoint();
        for _ in 0..RACES {
            let written = match way {
                Way::Lines(scatter) => self.write_from(checkpoint, scatter).await,
                Way::Orders(customers) => self.write_orders_from(checkpoint, customers).await,
            };
            match written {
                Err(Halt::Raced) => {
                    tracing::info!(import.id = %self.target.import_id, "another import wrote the same rows");
                    checkpoint = self.stored_checkpoint().await?;
                }
                written => return written.map(Summary::from),
            }
        }
        Err(Halt::Failed(Error::unavailable(
            "another import keeps writing the same rows",
        )))
    }

    async fn stored_checkpoint(&self) -> Result<Checkpoint, Halt<C::Stop>> {
        let mut tx = self.db.account(self.target.account_id).await?;
        let import = imports::find(&mut tx, self.target.import_id).await?;
        tx.commit().await?;
        Ok(import.checkpoint())
    }

    /// Writes the rows behind a checkpoint.
    async fn write_from(
        &self,
        checkpoint: Checkpoint,
        scatter: &Arc<Scatter>,
    ) -> Result<Checkpoint, Halt<C::Stop>> {
        let (sender, pieces) = mpsc::channel(2);
        let (batch_sender, batches) = mpsc::channel(1);
        let reading = {
            let (is_gzip, zone) = (self.import.is_gzip, self.target.terms.zone);
            let scatter = scatter.begin();
            tokio::task::spawn_blocking(move || {
                let text = Text::open(Upload::new(pieces), is_gzip)?;
                parse(text, zone, scatter, checkpoint.rows_read, &batch_sender)
            })
        };
        let feeding = feed(
            self.db,
            self.target.account_id,
            self.target.import_id,
            self.import.size_bytes,
            sender,
        );
        let ((), written) = tokio::join!(feeding, self.write_batches(batches, checkpoint));
        let written = written?;
        self.end_of_file(joined(reading).await??, written)
    }

    /// Makes sure that the rows that were written are those of the file.
    pub(super) fn end_of_file(
        &self,
        rows: i64,
        written: Checkpoint,
    ) -> Result<Checkpoint, Halt<C::Stop>> {
        if rows != self.rows || written.rows_read != rows {
            return Err(Error::internal("the upload changed while it was read").into());
        }
        Ok(written)
    }

    /// Writes batches in three stages, each on a connection of its own: the orders of one, the lines of the one before, and
    /// the sums of the one before that.
    async fn write_batches(
        &self,
        batches: mpsc::Receiver<Batch>,
        checkpoint: Checkpoint,
    ) -> Result<Checkpoint, Halt<C::Stop>> {
        let (sender, staged) = mpsc::channel(1);
        let (finished_sender, finished) = watch::channel(0);
        let beginning = self.begin_batches(batches, sender, finished);
        let finishing = self.finish_batches(staged, checkpoint, &finished_sender);
        let ((), checkpoint) = tokio::try_join!(beginning, finishing)?;
        Ok(checkpoint)
    }

    async fn begin_batches(
        &self,
        mut batches: mpsc::Receiver<Batch>,
        sender: mpsc::Sender<WritingLines>,
        mut finished: watch::Receiver<usize>,
    ) -> Result<(), Halt<C::Stop>> {
        let mut writer = OrderWriter::new(self.db, self.target);
        let has_room = self.db.pool_status().limit >= CONNECTIONS_FOR_THREE;
        let mut begun = 0;
        while let Some(batch) = batches.recv().await {
            self.control.check().map_err(Halt::Stopped)?;
            // An invoice that goes on must find its lines of the batches before.
            if !has_room || batch.is_scattered {
                let all_are_finished = finished.wait_for(|finished| *finished == begun).await;
                if all_are_finished.is_err() {
                    // The other half has failed and says why.
                    return Ok(());
                }
            }
            let ordered = writer.write(batch).await?;
            begun += 1;
            let writing = AbortOnDropHandle::new(tokio::spawn(ordered.write_lines()));
            if sender.send(writing).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn finish_batches(
        &self,
        mut staged: mpsc::Receiver<WritingLines>,
        mut checkpoint: Checkpoint,
        finished: &watch::Sender<usize>,
    ) -> Result<Checkpoint, Halt<C::Stop>> {
        while let Some(writing) = staged.recv().await {
            let staged = writing.await.map_err(Error::internal)??;
            checkpoint = finish(staged, &self.target, checkpoint, self.control).await?;
            finished.send_modify(|finished| *finished += 1);
            self.control
                .progress(checkpoint.rows_read, Some(self.rows), "writing");
        }
        Ok(checkpoint)
    }
}

/// The lines of a batch on their way.
type WritingLines = AbortOnDropHandle<DbResult<Staged>>;
