use chrono::TimeDelta;
use serde_json::{Value, json};
use suite_core::{Error, jobs::CheckStockLedger};
use suite_db::{inventory::checks, stores};

use crate::runtime::{JobContext, JobError};

/// Checks that found nothing are kept for so long.
const CLEAN_KEPT: TimeDelta = TimeDelta::days(90);

/// Compares a store's levels with its ledger. A difference is kept and told, never mended here.
pub(crate) async fn run(job: CheckStockLedger, context: &JobContext) -> Result<Value, JobError> {
    let now = context.clock().now();
    let mut tx = context.db().account(context.account_id()).await?;
    let store = stores::get(&mut tx, job.store_id).await?;
    store.ok_or(Error::NotFound { what: "store" })?;
    let check = checks::run(&mut tx, job.store_id, now).await?;
    checks::forget_clean(&mut tx, job.store_id, now - CLEAN_KEPT).await?;
    if check.differences > 0 {
        tracing::error!(
            store.id = %job.store_id,
            check.id = %check.id,
            differences = check.differences,
            "levels of stock differ from the ledger"
        );
    }
    let result = json!({
        "check_id": check.id,
        "levels": check.levels,
        "differences": check.differences,
    });
    context.finish(&mut tx, &result).await?;
    tx.commit().await?;
    Ok(result)
}
