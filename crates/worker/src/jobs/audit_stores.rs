use serde_json::{Value, json};
use suite_core::{
    id::{AccountId, StoreId},
    job::NewJob,
    jobs::{AlertStock, AuditStores, AuditSubject, CheckStockLedger, RebuildRollups},
};
use suite_db::{jobs, operator::stores};

use crate::runtime::{JobContext, JobError};

/// Stores that are read at a time.
const SLICE: i64 = 500;

/// Starts a check of every store that has something to check. A check that still waits or runs is not started twice.
pub(crate) async fn run(job: AuditStores, context: &JobContext) -> Result<Value, JobError> {
    let (mut seen, mut started, mut after) = (0_u64, 0_u64, None);
    loop {
        context.check_cancelled()?;
        let mut tx = context.db().fleet().await?;
        let found = match job.subject {
            AuditSubject::StockLedger | AuditSubject::StockAlerts => {
                stores::with_stock(&mut tx, after, SLICE).await?
            }
            AuditSubject::Rollups => stores::with_orders(&mut tx, after, SLICE).await?,
        };
        tx.commit().await?;
        let Some(last) = found.last() else { break };
        after = Some(*last);
        seen += found.len() as u64;
        for (account_id, store_id) in found {
            started += u64::from(start(job.subject, account_id, store_id, context).await?);
        }
        context.progress(seen, None, "stores", "starting checks");
    }
    Ok(json!({"stores": seen, "started": started}))
}

async fn start(
    subject: AuditSubject,
    account_id: AccountId,
    store_id: StoreId,
    context: &JobContext,
) -> Result<bool, JobError> {
    let new = match subject {
        AuditSubject::StockLedger => NewJob::new(account_id, &CheckStockLedger { store_id })?,
        AuditSubject::Rollups => NewJob::new(account_id, &RebuildRollups { store_id })?,
        AuditSubject::StockAlerts => NewJob::new(account_id, &AlertStock { store_id })?,
    };
    let mut tx = context.db().account(account_id).await?;
    let enqueued = jobs::enqueue(&mut tx, new.traced(Some(context.traceparent()))).await?;
    tx.commit().await?;
    if enqueued.is_new {
        context.dispatch(&[enqueued.job]);
    }
    Ok(enqueued.is_new)
}
