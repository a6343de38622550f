use chrono::TimeDelta;
use suite_core::{Result, backup::expired};

use super::Backups;

/// An upload of many parts that nobody has ended by then never will be.
const UPLOAD_HOURS: i64 = 24;

impl Backups {
    /// Deletes what has served its time, and returns how many objects that were. Call it only when a new backup was found whole.
    ///
    /// # Errors
    /// When the bucket is away; what is left goes with the next call.
    pub async fn delete_expired(&self) -> Result<usize> {
        let config = &self.settings.backup;
        let keys = self.bucket.list(&config.prefix).await?;
        let gone = expired(&keys, self.now(), config.retention_days);
        for key in &gone {
            self.bucket.delete(&self.key(key)).await?;
        }
        let before = self.now() - TimeDelta::hours(UPLOAD_HOURS);
        for upload in self.bucket.open_uploads(&config.prefix).await? {
            if upload.begun_at.is_some_and(|at| at < before) {
                self.bucket.abort_upload(&upload.key, &upload.id).await?;
            }
        }
        Ok(gone.len())
    }
}
