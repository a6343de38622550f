//! Files of whole orders: rows are brought together order by order, and written in batches that move the checkpoint.

mod group;
mod parse;

use std::{
    io::Read,
    sync::atomic::{AtomicI64, Ordering},
};

use suite_core::{
    customer_key::CustomerKeys,
    invoice_lines::{BrokenFile, RecordReader},
    shopify_orders::{OrderColumns, OrderHead, OrderItem, OrderReader},
};
use suite_db::imports::{Checkpoint, Reject};
use tokio::sync::mpsc;

use super::{
    control::{Control, Halt},
    pipeline::{Run, joined},
    source::{FileError, Text, Upload, feed},
    write::{WholeOrderWriter, finish},
};

/// An order as the file tells it.
pub(super) struct FileOrder {
    pub(super) name: String,
    pub(super) head: OrderHead,
    pub(super) items: Vec<OrderItem>,
    /// The line in which each row begins, and what is kept of it should it be refused.
    pub(super) rows: Vec<(i64, String)>,
}

impl FileOrder {
    /// Tells whether something was given away with it.
    pub(super) fn has_gifts(&self) -> bool {
        self.items.iter().any(|item| item.price.is_zero())
    }
}

/// Orders that are written in one transaction, each of them once.
#[derive(Default)]
pub(super) struct OrderBatch {
    /// All rows, refused ones too.
    pub(super) rows: i64,
    pub(super) orders: Vec<FileOrder>,
    pub(super) rejects: Vec<Reject>,
}

/// Goes through the whole file, refuses one that could not be read to its end, and returns how many rows it has.
pub(super) fn inspect(text: impl Read, seen: &AtomicI64) -> Result<i64, FileError> {
    let mut records = RecordReader::new(text);
    read_header(&mut records)?;
    let mut rows = 0;
    while let Some(record) = records.read_next()? {
        if std::str::from_utf8(record.bytes).is_err() {
            return Err(BrokenFile::NotUtf8 { line: record.line }.into());
        }
        rows += 1;
        if rows % 10_000 == 0 {
            seen.store(rows, Ordering::Relaxed);
        }
    }
    Ok(rows)
}

fn read_header<R: Read>(records: &mut RecordReader<R>) -> Result<OrderColumns, FileError> {
    match records.read_next()? {
        Some(header) => Ok(OrderColumns::find(header.bytes)?),
        None => Err(BrokenFile::Empty.into()),
    }
}

impl<C: Control> Run<'_, C> {
    /// Writes the orders behind a checkpoint.
    pub(super) async fn write_orders_from(
        &self,
        checkpoint: Checkpoint,
        customers: &CustomerKeys,
    ) -> Result<Checkpoint, Halt<C::Stop>> {
        let (sender, pieces) = mpsc::channel(2);
        let (batch_sender, batches) = mpsc::channel(1);
        let reading = {
            let is_gzip = self.import.is_gzip;
            let terms = (self.target.terms.currency, self.target.terms.zone);
            let customers = customers.clone();
            tokio::task::spawn_blocking(move || {
                let text = Text::open(Upload::new(pieces), is_gzip)?;
                let reader = |columns| OrderReader::new(columns, terms, customers);
                parse::parse(text, reader, checkpoint.rows_read, &batch_sender)
            })
        };
        let feeding = feed(
            self.db,
            self.target.account_id,
            self.target.import_id,
            self.import.size_bytes,
            sender,
        );
        let ((), written) = tokio::join!(feeding, self.write_orders(batches, checkpoint));
        let written = written?;
        self.end_of_file(joined(reading).await??, written)
    }

    async fn write_orders(
        &self,
        mut batches: mpsc::Receiver<OrderBatch>,
        mut checkpoint: Checkpoint,
    ) -> Result<Checkpoint, Halt<C::Stop>> {
        let mut writer = WholeOrderWriter::new(self.db, self.target);
        while let Some(batch) = batches.recv().await {
            self.control.check().map_err(Halt::Stopped)?;
            let staged = writer.write(batch).await?;
            checkpoint = finish(staged, &self.target, checkpoint, self.control).await?;
            self.control
                .progress(checkpoint.rows_read, Some(self.rows), "writing");
        }
        Ok(checkpoint)
    }
}
