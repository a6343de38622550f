mod measure;
mod tell;

use serde_json::{Value, json};
use suite_core::{alert::judge, jobs::CheckInvariants};
use suite_db::alerts;

use crate::runtime::{JobContext, JobError};

/// Looks at everything, notes what is out of order, and tells those who were not told yet. Whoever runs it, and however often:
/// each alert is told once when it begins and once when it is over.
pub(crate) async fn run(_: CheckInvariants, context: &JobContext) -> Result<Value, JobError> {
    let vitals = measure::vitals(context).await?;
    let findings = judge(&vitals, &context.settings().monitor);
    let now = context.clock().now();
    let mut tx = context.db().fleet().await?;
    alerts::note(&mut tx, &findings, now).await?;
    let rows = alerts::to_tell(&mut tx, now).await?;
    tx.commit().await?;
    let standing = rows.iter().filter(|row| row.ended_at.is_none()).count();
    metrics::gauge!("alerts_standing").set(f64::from(u32::try_from(standing).unwrap_or(u32::MAX)));
    let told = tell::all(&rows, context).await?;
    Ok(json!({"looked_at": findings.len(), "standing": standing, "told": told}))
}
