use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::ConfigFaults;

/// What counts as out of order; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct MonitorConfig {
    pub waiting_seconds: u64,
    pub dead_jobs: u64,
    pub backup_hours: u64,
    pub drill_days: u64,
    pub silent_store_hours: u64,
    pub bounce_percent: u64,
    pub bounce_least_mails: u64,
    pub clock_skew_seconds: u64,
    pub disk_percent: u64,
    pub database_limit_mib: u64,
    pub database_percent: u64,
    pub connections_percent: u64,
    pub redis_memory_percent: u64,
    pub webhook_url: SecretString,
}

impl MonitorConfig {
    pub(super) fn validate(&self, faults: &mut ConfigFaults) {
        let url = self.webhook_url.expose_secret();
        if !(url.is_empty() || url.starts_with("https://") || url.starts_with("http://")) {
            faults.add("ALERT_WEBHOOK_URL", "must begin with https:// or http://");
        }
        for (name, percent) in [
            ("monitor.bounce_percent", self.bounce_percent),
            ("monitor.disk_percent", self.disk_percent),
            ("monitor.database_percent", self.database_percent),
            ("monitor.connections_percent", self.connections_percent),
            ("monitor.redis_memory_percent", self.redis_memory_percent),
        ] {
            if !(1..=100).contains(&percent) {
                faults.add(name, "must be from 1 to 100");
            }
        }
    }
}
