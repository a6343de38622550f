use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::{Value, json};
use suite_core::{Error, id::StoreId, jobs::RebuildRollups};
use suite_db::{
    sales_rollups::proof::{self, Rollup, RowDifference},
    stores,
};
use suite_queue::CacheTopic;

use crate::runtime::{JobContext, JobError};

/// The most differences that the result names; all are mended and logged by month.
const TOLD: usize = 50;

/// Compares a store's sums with its lines, all of them in one moment and without a lock. A month that differs is compared again
/// and written anew while the store's imports wait for that month, and only for it.
pub(crate) async fn run(job: RebuildRollups, context: &JobContext) -> Result<Value, JobError> {
    let store_id = job.store_id;
    let mut tx = context.db().account(context.account_id()).await?;
    let store = stores::get(&mut tx, store_id).await?;
    drop(tx);
    let store = store.ok_or(Error::NotFound { what: "store" })?;
    let zone: Tz = store
        .timezone
        .parse()
        .map_err(|error: chrono_tz::ParseError| Error::internal(error.to_string()))?;
    let (rows, suspects) = compare(store_id, zone, context).await?;
    let (mut mended, mut told) = (0, Vec::new());
    for (done, suspect) in (1..).zip(&suspects) {
        context.check_cancelled()?;
        let (count, differences) = mend(store_id, zone, *suspect, context).await?;
        mended += count;
        told.extend(differences.into_iter().map(|row| view(suspect.0, &row)));
        told.truncate(TOLD);
        context.progress(done, Some(suspects.len() as u64), "months", "mending");
    }
    let result = json!({
        "store_id": store_id,
        "rows": rows,
        "differing": mended,
        "differences": told,
    });
    let mut tx = context.db().account(context.account_id()).await?;
    context.finish(&mut tx, &result).await?;
    tx.commit().await?;
    Ok(result)
}

/// Returns how many rows were compared, and the months with rows that differ.
async fn compare(
    store_id: StoreId,
    zone: Tz,
    context: &JobContext,
) -> Result<(i64, Vec<(Rollup, NaiveDate)>), JobError> {
    let reading = context.db().account_for_reports(context.account_id());
    let mut tx = reading.await?;
    let (mut rows, mut suspects) = (0, Vec::new());
    for (done, rollup) in (1..).zip(Rollup::ALL) {
        context.check_cancelled()?;
        for month in proof::compare(&mut tx, store_id, zone, rollup).await? {
            rows += month.rows;
            if month.differing > 0 {
                suspects.push((rollup, month.month));
            }
        }
        context.progress(done, Some(Rollup::ALL.len() as u64), "tables", "comparing");
    }
    Ok((rows, suspects))
}

async fn mend(
    store_id: StoreId,
    zone: Tz,
    (rollup, month): (Rollup, NaiveDate),
    context: &JobContext,
) -> Result<(i64, Vec<RowDifference>), JobError> {
    let mut tx = context.db().account(context.account_id()).await?;
    proof::close_store(&mut tx, store_id).await?;
    let (count, differences) = proof::mend(&mut tx, store_id, zone, (rollup, month)).await?;
    // Last, because the job's row is held from here to the commit.
    context.fence(&mut tx).await?;
    tx.commit().await?;
    if count > 0 {
        context.drop_topic(CacheTopic::Sales).await;
        tracing::error!(
            store.id = %store_id,
            table = rollup.name(),
            %month,
            rows = count,
            "sums of sales differed from their lines and were written anew"
        );
    }
    Ok((count, differences))
}

fn view(rollup: Rollup, row: &RowDifference) -> Value {
    json!({
        "table": rollup.name(),
        "row": row.key,
        "stored_gross": row.stored_gross.normalize(),
        "gross": row.gross.normalize(),
        "stored_orders": row.stored_orders,
        "orders": row.orders,
    })
}
