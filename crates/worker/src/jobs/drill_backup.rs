use serde_json::{Value, json};
use suite_core::jobs::DrillBackup;
use suite_db::backups::note_drill;

use crate::{
    backup::Backups,
    runtime::{JobContext, JobError},
};

/// Proves that the newest backup can be restored.
pub(crate) async fn run(_: DrillBackup, context: &JobContext) -> Result<Value, JobError> {
    let Some(backups) = Backups::of(context.settings(), context.clock())? else {
        return Ok(json!({"skipped": "S3_BACKUP_BUCKET is not set"}));
    };
    let name = backups.newest().await?;
    let told = context.clone();
    let progress = move |bytes| told.progress(bytes, None, "bytes", "restoring on trial");
    let restored = tokio::select! {
        restored = backups.drill(&name, &progress) => restored?,
        () = context.cancelled().cancelled() => return Err(JobError::Stopped),
    };
    let mut tx = context.db().fleet().await?;
    note_drill(
        &mut tx,
        &restored.manifest,
        context.clock().now(),
        restored.seconds,
    )
    .await?;
    tx.commit().await?;
    Ok(json!({
        "backup": restored.manifest.name, "rows": restored.manifest.rows(), "seconds": restored.seconds,
    }))
}
