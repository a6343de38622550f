use std::time::Duration;

use serde::Deserialize;

use super::ConfigFaults;
use crate::job_limits::{ConcurrencyLimits, ServiceRates};

/// What holds jobs; see `config.default.toml` for each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "config.default.toml documents each key, and a test compares the two"
)]
pub struct JobsConfig {
    pub queue_limits: Vec<String>,
    pub account_limits: Vec<String>,
    pub service_limits: Vec<String>,
    pub service_rates: Vec<String>,
    pub service_wait_ms: u64,
}

impl JobsConfig {
    pub(super) fn validate(&self, faults: &mut ConfigFaults) {
        if let Err(problem) = self.parse_limits() {
            faults.add("jobs", problem);
        }
        if let Err(problem) = ServiceRates::parse(&self.service_rates) {
            faults.add("jobs.service_rates", problem);
        }
    }

    fn parse_limits(&self) -> Result<ConcurrencyLimits, String> {
        ConcurrencyLimits::parse(
            &self.queue_limits,
            &self.account_limits,
            &self.service_limits,
        )
    }

    /// Returns how many jobs may run at a time.
    #[must_use]
    pub fn limits(&self) -> ConcurrencyLimits {
        // Checked when the settings were read.
        self.parse_limits().unwrap_or_default()
    }

    /// Returns how fast outside services may be asked.
    #[must_use]
    pub fn rates(&self) -> ServiceRates {
        ServiceRates::parse(&self.service_rates).unwrap_or_default()
    }

    /// Returns how long a job waits for its turn at an outside service before it gives its worker back.
    #[must_use]
    pub fn service_wait(&self) -> Duration {
        Duration::from_millis(self.service_wait_ms)
    }
}
