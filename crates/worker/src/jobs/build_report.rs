//! Computes a report from the rollups, the ledger and the catalogue, and keeps its result. Running twice keeps the same twice.
//!
//! All of it is read in one snapshot. Long series are kept apart from the result, in pieces: see [`suite_db::reports`].

mod cohorts;
mod customers;
mod inventory_value;
mod products;
mod reorder;
mod revenue;
mod sell_through;
mod stock;

use serde_json::{Value, json};
use suite_core::{
    Error,
    jobs::BuildReport,
    report::{Grouping, Line, ReportFigures, ReportKind, ReportOutcome},
};
use suite_db::{
    reports::{self, ReportSubject},
    sales_reports::SalesRange,
};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::runtime::{JobContext, JobError};

/// Rows of a long series that are kept, and read, together: some 300 kB.
const PIECE_ROWS: usize = 1_000;
/// Pieces that are written by one statement: some megabytes.
const PIECES_AT_ONCE: usize = 8;

/// A report that is ready to be kept.
struct Computed {
    result: Value,
    /// Written out on another thread while those before them are on their way to the database.
    pieces: mpsc::Receiver<Result<Pieces, serde_json::Error>>,
    /// That thread: it has not failed when all pieces have come.
    writing: JoinHandle<()>,
}

/// Some of a long series' pieces, from the one numbered `first` on.
struct Pieces {
    grouping: Grouping,
    first: usize,
    texts: Vec<String>,
}

pub(crate) async fn run(job: BuildReport, context: &JobContext) -> Result<Value, JobError> {
    let id = job.report_id;
    let mut tx = context.db().account(context.account_id()).await?;
    let subject = reports::find_subject(&mut tx, id).await?;
    drop(tx);
    // The store may have been deleted since the report was asked for.
    let subject = subject.ok_or(Error::NotFound { what: "report" })?;
    let mut computed = compute(&subject, context).await?;
    let outcome = json!({ "report_id": id });
    let mut tx = context.db().account(context.account_id()).await?;
    reports::clear_pieces(&mut tx, id).await?;
    while let Some(pieces) = computed.pieces.recv().await {
        context.check_cancelled()?;
        let Pieces {
            grouping,
            first,
            texts,
        } = pieces.map_err(Error::internal)?;
        let first = i32::try_from(first).map_err(Error::internal)?;
        reports::insert_pieces(&mut tx, id, grouping, first, &texts).await?;
    }
    computed.writing.await.map_err(Error::internal)?;
    reports::save_result(&mut tx, id, &computed.result).await?;
    context.finish(&mut tx, &outcome).await?;
    tx.commit().await?;
    Ok(outcome)
}

async fn compute(subject: &ReportSubject, context: &JobContext) -> Result<Computed, JobError> {
    let mut tx = context
        .db()
        .account_for_reports(context.account_id())
        .await?;
    let tx = &mut tx;
    match subject.kind {
        ReportKind::Revenue => ready(revenue::build(tx, subject, context).await?),
        ReportKind::Products => ready(products::build(tx, subject).await?),
        ReportKind::Customers => ready(customers::build(tx, subject).await?),
        ReportKind::Cohorts => ready(cohorts::build(tx, subject).await?),
        ReportKind::InventoryValue => ready(inventory_value::build(tx, subject, context).await?),
        ReportKind::SellThrough => ready(sell_through::build(tx, subject, context).await?),
        ReportKind::Reorder => ready(reorder::build(tx, subject, context).await?),
    }
}

/// Begins to write a report out, long series in pieces.
fn ready<F: ReportFigures>(mut outcome: ReportOutcome<F>) -> Result<Computed, JobError> {
    let (sender, pieces) = mpsc::channel(1);
    let series = outcome.split_long_series();
    let result = serde_json::to_value(&outcome).map_err(Error::internal)?;
    // When nobody takes the pieces any more, it ends with the next ones.
    let writing = tokio::task::spawn_blocking(move || write_out(&series, &sender));
    Ok(Computed {
        result,
        pieces,
        writing,
    })
}

fn write_out<F: ReportFigures>(
    series: &[(Grouping, Vec<Line<F>>)],
    sender: &mpsc::Sender<Result<Pieces, serde_json::Error>>,
) {
    for (grouping, rows) in series {
        for (turn, some) in rows.chunks(PIECE_ROWS * PIECES_AT_ONCE).enumerate() {
            let texts: Result<Vec<String>, _> =
                some.chunks(PIECE_ROWS).map(serde_json::to_string).collect();
            let pieces = texts.map(|texts| Pieces {
                grouping: *grouping,
                first: turn * PIECES_AT_ONCE,
                texts,
            });
            if sender.blocking_send(pieces).is_err() {
                return;
            }
        }
    }
}

/// Puts totals and the series that were asked for together.
fn outcome<F: ReportFigures>(
    subject: &ReportSubject,
    totals: F,
    series: impl IntoIterator<Item = (Grouping, Vec<Line<F>>)>,
) -> ReportOutcome<F> {
    let wanted = &subject.params.group_by;
    ReportOutcome {
        currency: subject.currency,
        timezone: subject.timezone,
        from: subject.params.from,
        to: subject.params.to,
        totals,
        comparison: None,
        series: series
            .into_iter()
            .filter(|(grouping, _)| wanted.contains(grouping))
            .collect(),
        row_counts: [].into(),
    }
}

fn range(subject: &ReportSubject) -> SalesRange {
    SalesRange {
        store_id: subject.store_id,
        from: subject.params.from,
        to: subject.params.to,
    }
}

/// Returns the range that the report is compared with, if it is.
fn earlier(subject: &ReportSubject) -> Option<SalesRange> {
    let params = &subject.params;
    let (from, to) = params.compare?.range(params.from, params.to);
    Some(SalesRange {
        store_id: subject.store_id,
        from,
        to,
    })
}

/// What a row without a name of its own is called.
fn label(grouping: Grouping, name: &str) -> String {
    match name {
        "" => grouping.label_of_none().to_owned(),
        name => name.to_owned(),
    }
}

/// Sums rows up by vendor, by name.
fn by_vendor<F: ReportFigures>(
    rows: &[Line<F>],
    vendor: impl Fn(&F) -> Option<&str>,
    sum: impl Fn(&[&F]) -> F,
) -> Vec<Line<F>> {
    let mut vendors: std::collections::BTreeMap<&str, Vec<&F>> = [].into();
    for row in rows {
        let name = vendor(&row.figures).unwrap_or_default();
        vendors.entry(name).or_default().push(&row.figures);
    }
    vendors
        .into_iter()
        .map(|(name, figures)| Line {
            key: name.to_owned(),
            label: label(Grouping::Vendor, name),
            figures: sum(&figures),
        })
        .collect()
}
