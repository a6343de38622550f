use serde_json::{Value, json};
use suite_core::jobs::BackUpDatabase;
use suite_db::backups::{forget_except, note_made};

use crate::{
    backup::Backups,
    runtime::{JobContext, JobError},
};

/// Makes a backup, and deletes old ones once it was found whole. Killed in between, it leaves objects that do not count and
/// that the next one deletes.
pub(crate) async fn run(_: BackUpDatabase, context: &JobContext) -> Result<Value, JobError> {
    let Some(backups) = Backups::of(context.settings(), context.clock())? else {
        return Ok(json!({"skipped": "S3_BACKUP_BUCKET is not set"}));
    };
    let told = context.clone();
    let progress = move |bytes| told.progress(bytes, None, "bytes", "dumping");
    let manifest = tokio::select! {
        made = backups.create(&progress) => made?,
        () = context.cancelled().cancelled() => return Err(JobError::Stopped),
    };
    let mut tx = context.db().fleet().await?;
    note_made(&mut tx, &manifest, context.clock().now()).await?;
    tx.commit().await?;
    let deleted = backups.delete_expired().await?;
    let names = backups.list().await?;
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut tx = context.db().fleet().await?;
    forget_except(&mut tx, &names).await?;
    tx.commit().await?;
    metrics::gauge!("backup_size_bytes").set(manifest.size_bytes as f64);
    Ok(json!({
        "backup": manifest.name, "rows": manifest.rows(), "size_bytes": manifest.size_bytes, "deleted_objects": deleted,
    }))
}
