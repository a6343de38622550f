//! Batches into the database, in three stages: orders, lines, then sums, refusals and the checkpoint.

mod catalogue;
mod customers;
mod finish;
mod movements;
mod orders;
mod whole_orders;

use suite_core::{
    Error,
    id::{AccountId, ImportId, StoreId},
    import::ImportFormat,
    invoice_lines::VariantDay,
    sales::Measures,
};
use suite_db::{
    AccountTx, Db, DbResult,
    imports::{self, Checkpoint, NewLines, Reject, StoreTerms},
};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{batch::Batch, interner::Interner};
use catalogue::Catalogue;
use customers::Customers;
pub(super) use finish::finish;
use movements::Movement;
pub(super) use whole_orders::WholeOrderWriter;

/// Batches that a process writes at a time, over all its imports: half of the default pool, so that the rest of the work
/// finds connections.
static WRITING: Semaphore = Semaphore::const_new(4);

/// What an import writes for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) account_id: AccountId,
    pub(super) import_id: ImportId,
    pub(super) store_id: StoreId,
    pub(super) format: ImportFormat,
    pub(super) terms: StoreTerms,
}

/// A batch whose orders are written and whose transaction is still open: from here on no row of another import is waited
/// for, so that its lines may be written while the next batch begins.
pub(super) struct Ordered {
    staged: Staged,
    lines: NewLines,
    titles: Vec<u32>,
    texts: Interner,
}

impl Ordered {
    /// Writes its lines.
    pub(super) async fn write_lines(mut self) -> DbResult<Staged> {
        if !self.lines.is_empty() {
            let titles = self.titles.iter().map(|title| &**self.texts.get(*title));
            imports::insert_lines(&mut self.staged.tx, &self.lines, titles.collect()).await?;
        }
        Ok(self.staged)
    }
}

/// A batch whose lines are written and whose transaction is still open.
pub(super) struct Staged {
    tx: AccountTx,
    rows: i64,
    added: i64,
    unchanged: i64,
    by_buyer: Vec<(orders::BuyerDay, Measures)>,
    by_variant: Vec<(VariantDay, Measures)>,
    /// Whether an order left a buyer, a day or a variant, whose sums may be zero now.
    has_moved_orders: bool,
    movements: Vec<Movement>,
    rejects: Vec<Reject>,
    _permit: SemaphorePermit<'static>,
}

impl Staged {
    /// Returns the checkpoint behind this batch.
    fn behind(&self, before: Checkpoint) -> Checkpoint {
        Checkpoint {
            rows_read: before.rows_read + self.rows,
            rows_added: before.rows_added + self.added,
            rows_unchanged: before.rows_unchanged + self.unchanged,
            rows_rejected: before.rows_rejected + count(self.rejects.len()),
        }
    }
}

/// Writes orders; remembers the variants and customers that it has met.
pub(super) struct OrderWriter<'a> {
    db: &'a Db,
    target: Target,
    catalogue: Catalogue,
    customers: Customers,
}

impl<'a> OrderWriter<'a> {
    pub(super) fn new(db: &'a Db, target: Target) -> Self {
        Self {
            db,
            target,
            catalogue: Catalogue::default(),
            customers: Customers::default(),
        }
    }

    /// Writes variants, customers and orders of a batch. Batches come one after the other; the one before may still be
    /// at its lines or its sums.
    pub(super) async fn write(&mut self, batch: Batch) -> DbResult<Ordered> {
        let (mut tx, permit) = begin(self.db, &self.target).await?;
        let store_id = self.target.store_id;
        let variants = self.catalogue.resolve(&mut tx, store_id, &batch).await?;
        let outside_ids = batch.customers.texts();
        let customers = self
            .customers
            .resolve(&mut tx, store_id, outside_ids, || countries(&batch));
        let customers = customers.await?;
        let (orders, movements) =
            orders::write(&mut tx, &self.target, &batch, &variants, &customers).await?;
        let staged = Staged {
            tx,
            rows: batch.rows,
            added: orders.added,
            unchanged: orders.unchanged,
            by_buyer: orders.by_buyer,
            by_variant: orders.by_variant,
            has_moved_orders: orders.has_moved,
            movements,
            rejects: batch.rejects,
            _permit: permit,
        };
        Ok(Ordered {
            staged,
            lines: orders.lines,
            titles: orders.titles,
            texts: batch.titles,
        })
    }
}

/// Begins the transaction of a batch, when it is its turn.
async fn begin(db: &Db, target: &Target) -> DbResult<(AccountTx, SemaphorePermit<'static>)> {
    let permit = WRITING.acquire().await.map_err(Error::internal)?;
    let mut tx = db.account(target.account_id).await?;
    imports::commit_lazily(&mut tx).await?;
    if imports::hold_store(&mut tx, target.store_id).await? != target.terms {
        return Err(
            Error::unavailable("the store's currency or time zone has just changed").into(),
        );
    }
    Ok((tx, permit))
}

/// Returns the country in which each customer of a batch was seen first.
fn countries(batch: &Batch) -> Vec<&str> {
    let mut countries = vec![None; batch.customers.texts().len()];
    for line in &batch.lines {
        countries[line.customer as usize].get_or_insert(line.country);
    }
    countries
        .into_iter()
        .map(|country| country.map_or("", |country| batch.countries.get(country)))
        .collect()
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
