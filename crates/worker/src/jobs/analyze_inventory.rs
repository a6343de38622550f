//! Computes an analysis from the sums by day, the levels and the ledger, and keeps its items. Running twice keeps the same.
//!
//! Everything is read once, in one snapshot; the items are computed on a thread of their own and written in one transaction
//! with the end of the job.

mod compute;
mod read;

use serde_json::{Value, json};
use suite_core::{
    Error,
    id::{LocationId, VariantId, VendorId},
    inventory::Figures,
    jobs::AnalyzeInventory,
};
use suite_db::{
    AccountTx,
    inventory::{
        analyses::{self, AnalysisSubject},
        analysis_items,
    },
};

use crate::runtime::{JobContext, JobError};
use compute::Computed;

pub(crate) async fn run(job: AnalyzeInventory, context: &JobContext) -> Result<Value, JobError> {
    let id = job.analysis_id;
    let mut tx = context.db().account(context.account_id()).await?;
    let subject = analyses::find_subject(&mut tx, id).await?;
    drop(tx);
    // The store may have been deleted since the analysis was asked for.
    let subject = subject.ok_or(Error::NotFound { what: "analysis" })?;
    let Computed { summary, items } = computed(&subject, context).await?;
    let outcome = json!({ "analysis_id": id, "items": summary.items });
    let mut tx = context.db().account(context.account_id()).await?;
    analysis_items::clear(&mut tx, id).await?;
    let mut written = 0;
    for piece in items {
        context.check_cancelled()?;
        written += piece.len() as u64;
        analysis_items::insert(&mut tx, id, piece).await?;
        context.progress(written, Some(summary.items), "items", "writing");
    }
    analyses::finish(&mut tx, id, &summary, context.clock().now()).await?;
    analyses::forget_old(&mut tx, subject.store_id).await?;
    context.finish(&mut tx, &outcome).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// What an analysis says of a variant at a location.
pub(super) struct AnalysedItem {
    pub(super) variant_id: VariantId,
    pub(super) location_id: LocationId,
    pub(super) vendor_id: Option<VendorId>,
    pub(super) figures: Figures,
}

/// Computes the items of an analysis that nobody keeps, by rank, in the snapshot of `tx`.
pub(super) async fn analysed(
    tx: &mut AccountTx,
    subject: AnalysisSubject,
    context: &JobContext,
) -> Result<Vec<AnalysedItem>, JobError> {
    let input = read::input(tx, &subject, context).await?;
    let computing = tokio::task::spawn_blocking(move || {
        let items = compute::ranked(&subject, &input).into_iter();
        let named = items.map(|item| AnalysedItem {
            variant_id: input.variants[item.variant as usize].catalogue.id,
            location_id: input.locations[item.location as usize].id,
            vendor_id: item.vendor_id,
            figures: item.figures,
        });
        named.collect()
    });
    Ok(computing.await.map_err(Error::internal)?)
}

async fn computed(subject: &AnalysisSubject, context: &JobContext) -> Result<Computed, JobError> {
    context.progress(0, None, "items", "reading sales and stock");
    let mut tx = context
        .db()
        .account_for_reports(context.account_id())
        .await?;
    let input = read::input(&mut tx, subject, context).await?;
    drop(tx);
    context.check_cancelled()?;
    context.progress(0, None, "items", "computing");
    let subject = subject.clone();
    let computing = tokio::task::spawn_blocking(move || compute::items(&subject, &input));
    Ok(computing.await.map_err(Error::internal)??)
}
