//! All settings, read once in `main` and passed down. The only place that looks at the environment.
//!
//! Order, the later wins: the compiled-in `config.default.toml`, the plain names of hosting platforms ([`PLAIN_NAMES`]),
//! `SUITE__SECTION__KEY`. A name that ends in `_FILE` gives the path of a file that holds the value.

mod backup;
mod billing;
mod cache;
mod faults;
mod jobs;
mod mail;
mod monitor;
mod sections;
mod source;

pub use backup::BackupConfig;
pub use billing::BillingConfig;
pub use cache::CacheConfig;
pub use faults::ConfigFaults;
pub use jobs::JobsConfig;
pub use mail::MailConfig;
pub use monitor::MonitorConfig;
pub use sections::{
    DatabaseConfig, HttpConfig, LimitsConfig, LogConfig, LogFormat, RedisConfig, RetentionConfig,
    SecurityConfig, SentryConfig, TrialConfig, WorkerConfig,
};
pub use source::PLAIN_NAMES;

/// The settings of a process.
#[derive(Debug, Clone)]
pub struct Settings {
    /// PostgreSQL.
    pub database: DatabaseConfig,
    /// Redis.
    pub redis: RedisConfig,
    /// Answers that are kept.
    pub cache: CacheConfig,
    /// The web server.
    pub http: HttpConfig,
    /// Rate limits.
    pub limits: LimitsConfig,
    /// Worker processes.
    pub worker: WorkerConfig,
    /// What holds jobs.
    pub jobs: JobsConfig,
    /// How long finished things are kept.
    pub retention: RetentionConfig,
    /// Keys and access.
    pub security: SecurityConfig,
    /// The trial of a new account.
    pub trial: TrialConfig,
    /// Payments.
    pub billing: BillingConfig,
    /// Mail.
    pub mail: MailConfig,
    /// Backups.
    pub backup: BackupConfig,
    /// Alerts.
    pub monitor: MonitorConfig,
    /// The log.
    pub log: LogConfig,
    /// Error reports.
    pub sentry: SentryConfig,
}

/// What a process is about to do, which decides what it cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Serves HTTP.
    Api,
    /// Runs jobs.
    Worker,
    /// The operator's command line: works with what there is.
    Command,
}

impl Settings {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// All faults of the configuration together, none with a secret's value in it.
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the place the rule points to"
    )]
    pub fn from_environment(purpose: Purpose) -> Result<Self, ConfigFaults> {
        Self::from_variables(std::env::vars(), purpose)
    }

    /// Reads settings from the given variables: the seam for tests.
    ///
    /// # Errors
    /// All faults of the configuration together.
    pub fn from_variables(
        variables: impl IntoIterator<Item = (String, String)>,
        purpose: Purpose,
    ) -> Result<Self, ConfigFaults> {
        let mut faults = ConfigFaults::default();
        let values = source::collect(variables, &mut faults);
        let settings = source::parse(&values, &mut faults);
        if let Some(settings) = &settings {
            settings.validate(purpose, &mut faults);
        }
        match settings {
            Some(settings) if faults.is_empty() => Ok(settings),
            _ => Err(faults),
        }
    }

    fn validate(&self, purpose: Purpose, faults: &mut ConfigFaults) {
        self.database.validate(faults);
        self.redis.validate(purpose, faults);
        self.http.validate(faults);
        self.worker.validate(faults);
        self.jobs.validate(faults);
        self.security.validate(purpose, faults);
        self.trial.validate(faults);
        self.billing.validate(faults);
        self.mail.validate(faults);
        self.backup.validate(faults);
        self.monitor.validate(faults);
    }
}

#[cfg(test)]
mod tests;
