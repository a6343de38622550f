use serde_json::{Value, json};
use suite_core::{Error, jobs::ApplyPaymentEvent};
use suite_db::billing;
use suite_stripe::read_event;

use crate::runtime::{JobContext, JobError};

/// Takes in one event: finds out whose it is and recounts that account from all its events. It may run twice, and events may
/// come in any order: what all of them come to is the same.
pub(crate) async fn run(job: ApplyPaymentEvent, context: &JobContext) -> Result<Value, JobError> {
    let mut tx = context.db().fleet().await?;
    let stored = billing::find(&mut tx, &job.event_id)
        .await?
        .ok_or(Error::NotFound { what: "event" })?;
    let Some(body) = stored.body else {
        return Ok(json!({"event_id": job.event_id, "state": stored.state}));
    };
    let notice = match read_event(&body) {
        Ok(notice) => notice,
        Err(error) => {
            billing::mark(&mut tx, &job.event_id, "unreadable").await?;
            tx.commit().await?;
            // Kept as it came: a later version may read it, and the nightly comparison does not need it.
            return Err(JobError::Discard(error.into()));
        }
    };
    let Some(fact) = notice.fact else {
        billing::mark(&mut tx, &job.event_id, "ignored").await?;
        tx.commit().await?;
        return Ok(json!({"event_id": job.event_id, "state": "ignored"}));
    };
    let account_id = billing::account_of(&mut tx, notice.account_id, fact.customer_id()).await?;
    billing::claim(&mut tx, &job.event_id, account_id, &fact).await?;
    let Some(account_id) = account_id else {
        tx.commit().await?;
        tracing::warn!(
            event.id = job.event_id,
            event.kind = notice.kind,
            "a payment event is nobody's so far"
        );
        return Ok(json!({"event_id": job.event_id, "state": "unclaimed"}));
    };
    let mut tx = tx.for_account(account_id).await?;
    let grace = context.settings().billing.grace();
    let settled = billing::settle(&mut tx, grace, context.clock().now()).await?;
    tx.commit().await?;
    context.dispatch(&settled.jobs);
    Ok(json!({"event_id": job.event_id, "state": "applied", "mails": settled.jobs.len()}))
}
