use serde::Deserialize;

/// Answers that are kept in Redis; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct CacheConfig {
    pub overview_seconds: u64,
}
