use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::ConfigFaults;

/// Backups on a bucket; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct BackupConfig {
    pub bucket: String,
    pub prefix: String,
    pub endpoint: String,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: SecretString,
    pub retention_days: u32,
    pub part_mib: usize,
    pub database_url: SecretString,
    pub drill_url: SecretString,
    pub postgres_bin: String,
}

impl BackupConfig {
    pub(super) fn validate(&self, faults: &mut ConfigFaults) {
        let endpoint = &self.endpoint;
        let is_http = endpoint.starts_with("http://") || endpoint.starts_with("https://");
        if !endpoint.is_empty() && (!is_http || endpoint.ends_with('/')) {
            faults.add(
                "S3_ENDPOINT",
                "must begin with http:// or https:// and not end with a slash",
            );
        }
        // S3's own limits on the size of a part; 10,000 of them make an object.
        if !(5..=512).contains(&self.part_mib) {
            faults.add("backup.part_mib", "must be from 5 to 512");
        }
        if self.retention_days == 0 {
            faults.add("BACKUP_RETENTION_DAYS", "must be at least 1");
        }
        // Retention deletes what lies below it.
        if self.prefix.is_empty() || !self.prefix.ends_with('/') || self.prefix.starts_with('/') {
            faults.add("backup.prefix", "must be a name that ends with a slash");
        }
        if self.is_on() && self.access_key_id.is_empty() {
            faults.add("AWS_ACCESS_KEY_ID", "is not set, and S3_BACKUP_BUCKET is");
        }
        if self.is_on() && self.secret_access_key.expose_secret().is_empty() {
            faults.add(
                "AWS_SECRET_ACCESS_KEY",
                "is not set, and S3_BACKUP_BUCKET is",
            );
        }
    }

    /// Tells whether backups are to be made.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.bucket.is_empty()
    }
}
