use serde_json::{Value, json};
use suite_core::jobs::DeleteStore;
use suite_db::erasure;

use crate::runtime::{JobContext, JobError};

/// Rows erased in one transaction: short enough to hold up nobody.
const SLICE: i64 = 5_000;

/// Erases what lies below a deleted store, slice by slice, the store's own row last.
pub(crate) async fn run(job: DeleteStore, context: &JobContext) -> Result<Value, JobError> {
    let mut erased = 0;
    loop {
        context.check_cancelled()?;
        let mut tx = context.db().account(context.account_id()).await?;
        context.fence(&mut tx).await?;
        let rows = erasure::erase_slice(&mut tx, job.store_id, SLICE).await?;
        if rows == 0 {
            let result = json!({"store_id": job.store_id});
            context.finish(&mut tx, &result).await?;
            tx.commit().await?;
            return Ok(result);
        }
        tx.commit().await?;
        erased += rows;
        context.progress(erased, None, "rows", "erasing");
    }
}
