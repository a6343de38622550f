use std::{net::SocketAddr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigFaults, Purpose};
use crate::job::Queue;

/// PostgreSQL; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct DatabaseConfig {
    pub url: SecretString,
    pub replica_url: SecretString,
    pub app_role: String,
    pub pool_size: u32,
    pub acquire_timeout_ms: u64,
    pub connect_timeout_ms: u64,
    pub statement_timeout_ms: u64,
    pub replica_wait_ms: u64,
}

impl DatabaseConfig {
    pub(super) fn validate(&self, faults: &mut ConfigFaults) {
        let scheme = |url: &str| url.starts_with("postgres://") || url.starts_with("postgresql://");
        match self.url.expose_secret() {
            "" => faults.add("DATABASE_URL", "is not set"),
            url if !scheme(url) => faults.add(
                "DATABASE_URL",
                "must begin with postgres:// or postgresql://",
            ),
            _ => {}
        }
        let replica = self.replica_url.expose_secret();
        if !replica.is_empty() && !scheme(replica) {
            faults.add(
                "DATABASE_REPLICA_URL",
                "must begin with postgres:// or postgresql://",
            );
        }
        if self.pool_size == 0 {
            faults.add("database.pool_size", "must be at least 1");
        }
        if self
            .app_role
            .chars()
            .any(|c| !(c.is_ascii_alphanumeric() || c == '_'))
        {
            faults.add(
                "database.app_role",
                "may hold letters, digits and underscores only",
            );
        }
    }
}

/// Redis; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct RedisConfig {
    pub url: SecretString,
    pub cache_url: SecretString,
    pub prefix: String,
    pub command_timeout_ms: u64,
}

impl RedisConfig {
    pub(super) fn validate(&self, purpose: Purpose, faults: &mut ConfigFaults) {
        let scheme = |url: &str| {
            url.starts_with("redis://")
                || url.starts_with("rediss://")
                || url.starts_with("unix://")
        };
        match self.url.expose_secret() {
            "" if purpose == Purpose::Command => {}
            "" => faults.add("REDIS_URL", "is not set"),
            url if !scheme(url) => faults.add("REDIS_URL", "must begin with redis:// or rediss://"),
            _ => {}
        }
        if self.prefix.is_empty() {
            faults.add("redis.prefix", "must not be empty");
        }
    }

    /// Returns how long an answer may take.
    #[must_use]
    pub fn command_timeout(&self) -> Duration {
        Duration::from_millis(self.command_timeout_ms)
    }
}

/// The web server; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct HttpConfig {
    pub host: String,
    pub port: u16,
    pub base_url: String,
    pub trusted_proxy_hops: usize,
    pub body_timeout_seconds: u64,
    pub upload_idle_seconds: u64,
    pub upload_limit_bytes: u64,
    pub threads: usize,
    pub shutdown_seconds: u64,
}

impl HttpConfig {
    pub(super) fn validate(&self, faults: &mut ConfigFaults) {
        if !(self.base_url.starts_with("http://") || self.base_url.starts_with("https://")) {
            faults.add("BASE_URL", "must begin with http:// or https://");
        }
        if self.base_url.ends_with('/') {
            faults.add("BASE_URL", "must not end with a slash");
        }
    }

    /// Tells whether merchants reach us by https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.base_url.starts_with("https://")
    }
}

/// Rate limits; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct LimitsConfig {
    pub account_per_minute: u32,
    pub token_per_minute: u32,
    pub address_per_minute: u32,
    pub login_per_minute: u32,
    pub links_per_minute: u32,
    pub mails_per_hour: u32,
}

/// Worker processes; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct WorkerConfig {
    pub queues: Vec<String>,
    pub concurrency: usize,
    pub share_slots: bool,
    pub lease_seconds: u64,
    pub shutdown_seconds: u64,
    pub keeper_interval_ms: u64,
    pub memory_limit_mib: u64,
    pub stuck_seconds: u64,
    pub metrics_addr: String,
}

impl WorkerConfig {
    pub(super) fn validate(&self, faults: &mut ConfigFaults) {
        for queue in &self.queues {
            if let Err(problem) = queue.parse::<Queue>() {
                faults.add("worker.queues", problem);
            }
        }
        if self.concurrency == 0 {
            faults.add("worker.concurrency", "must be at least 1");
        }
        if self.lease_seconds < 3 {
            faults.add(
                "worker.lease_seconds",
                "must be at least 3: a worker beats three times a lease",
            );
        }
        if self.stuck_seconds < 2 {
            faults.add(
                "worker.stuck_seconds",
                "must be at least 2: a sound worker comes round once a second",
            );
        }
        if !self.metrics_addr.is_empty() && self.metrics_addr.parse::<SocketAddr>().is_err() {
            faults.add(
                "worker.metrics_addr",
                "must be an address with a port, such as 127.0.0.1:9090",
            );
        }
    }

    /// Returns the queues to serve.
    #[must_use]
    pub fn served_queues(&self) -> Vec<Queue> {
        let named: Vec<Queue> = self
            .queues
            .iter()
            .filter_map(|name| name.parse().ok())
            .collect();
        if named.is_empty() {
            Queue::ALL.to_vec()
        } else {
            named
        }
    }
}

/// How long finished things are kept; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct RetentionConfig {
    pub succeeded_days: u32,
    pub cancelled_days: u32,
    pub dead_days: u32,
    pub upload_days: u32,
}

/// Keys and access; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct SecurityConfig {
    pub secret_key: SecretString,
    pub encryption_key: SecretString,
    pub cron_secret: SecretString,
    pub operator_emails: Vec<String>,
    pub session_days: u32,
    pub secure_cookies: bool,
}

impl SecurityConfig {
    pub(super) fn validate(&self, purpose: Purpose, faults: &mut ConfigFaults) {
        match self.secret_key.expose_secret().len() {
            0 if purpose != Purpose::Api => {}
            0 => faults.add("SECRET_KEY", "is not set; `openssl rand -hex 32` makes one"),
            1..32 => faults.add("SECRET_KEY", "must have at least 32 characters"),
            _ => {}
        }
        if (1..32).contains(&self.encryption_key.expose_secret().len()) {
            faults.add("ENCRYPTION_KEY", "must have at least 32 characters");
        }
        if (1..16).contains(&self.cron_secret.expose_secret().len()) {
            faults.add("CRON_SECRET", "must have at least 16 characters");
        }
    }
}

/// The trial of a new account; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct TrialConfig {
    pub days: u32,
    pub warn_days: Vec<u32>,
}

impl TrialConfig {
    pub(super) fn validate(&self, faults: &mut ConfigFaults) {
        if self.warn_days.iter().any(|days| !(1..=365).contains(days)) {
            faults.add("trial.warn_days", "must be days from 1 to 365");
        }
    }
}

/// The log; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct LogConfig {
    pub format: LogFormat,
    pub filter: String,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For a person at a terminal.
    Text,
    /// One JSON object a line, for a log service.
    Json,
}

/// Error reports; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct SentryConfig {
    pub dsn: SecretString,
    pub environment: String,
}
