use std::collections::BTreeMap;

use config::{Config, File, FileFormat, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::{ConfigFaults, Settings};

const DEFAULTS: &str = include_str!("../../config.default.toml");

/// The names that hosting platforms and operators know, and the settings they stand for.
pub const PLAIN_NAMES: &[(&str, &str)] = &[
    ("ALERT_WEBHOOK_URL", "monitor.webhook_url"),
    ("AWS_ACCESS_KEY_ID", "backup.access_key_id"),
    ("AWS_SECRET_ACCESS_KEY", "backup.secret_access_key"),
    ("BACKUP_DRILL_URL", "backup.drill_url"),
    ("BACKUP_RETENTION_DAYS", "backup.retention_days"),
    ("BASE_URL", "http.base_url"),
    ("CRON_SECRET", "security.cron_secret"),
    ("DATABASE_BACKUP_URL", "backup.database_url"),
    ("DATABASE_POOL_SIZE", "database.pool_size"),
    ("DATABASE_REPLICA_URL", "database.replica_url"),
    ("DATABASE_URL", "database.url"),
    ("ENCRYPTION_KEY", "security.encryption_key"),
    ("LOG_FORMAT", "log.format"),
    ("MAIL_FROM", "mail.from"),
    ("METRICS_ADDR", "worker.metrics_addr"),
    ("OPERATOR_EMAILS", "security.operator_emails"),
    ("PORT", "http.port"),
    ("REDIS_CACHE_URL", "redis.cache_url"),
    ("REDIS_URL", "redis.url"),
    ("RUST_LOG", "log.filter"),
    ("S3_BACKUP_BUCKET", "backup.bucket"),
    ("S3_BACKUP_REGION", "backup.region"),
    ("S3_ENDPOINT", "backup.endpoint"),
    ("SECRET_KEY", "security.secret_key"),
    ("SENDGRID_API_KEY", "mail.sendgrid_api_key"),
    ("SENDGRID_API_URL", "mail.sendgrid_api_url"),
    (
        "SENDGRID_WEBHOOK_PUBLIC_KEY",
        "mail.sendgrid_webhook_public_keys",
    ),
    ("SENTRY_DSN", "sentry.dsn"),
    ("SENTRY_ENVIRONMENT", "sentry.environment"),
    ("SHUTDOWN_GRACE_SECONDS", "worker.shutdown_seconds"),
    ("SMTP_URL", "mail.smtp_url"),
    ("STRIPE_API_URL", "billing.stripe_api_url"),
    ("STRIPE_PRICE_ID", "billing.stripe_price_id"),
    ("STRIPE_SECRET_KEY", "billing.stripe_secret_key"),
    ("STRIPE_SETUP_PRICE_ID", "billing.stripe_setup_price_id"),
    ("STRIPE_WEBHOOK_SECRET", "billing.stripe_webhook_secret"),
    ("TRUSTED_PROXY_HOPS", "http.trusted_proxy_hops"),
    ("WORKER_CONCURRENCY", "worker.concurrency"),
    ("WORKER_QUEUES", "worker.queues"),
];

/// Settings that hold a list, written with commas in a variable.
const LISTS: &[&str] = &[
    "worker.queues",
    "jobs.queue_limits",
    "jobs.account_limits",
    "jobs.service_limits",
    "jobs.service_rates",
    "mail.sendgrid_webhook_public_keys",
    "security.operator_emails",
    "trial.warn_days",
    "billing.remind_days",
];

/// Picks from the environment what concerns us: setting → (variable, value).
pub(super) fn collect(
    variables: impl IntoIterator<Item = (String, String)>,
    faults: &mut ConfigFaults,
) -> BTreeMap<String, (String, String)> {
    let mut plain = BTreeMap::new();
    let mut explicit = BTreeMap::new();
    for (variable, value) in variables {
        let (name, from_file) = match variable.strip_suffix("_FILE") {
            Some(name) => (name.to_owned(), true),
            None => (variable.clone(), false),
        };
        let key = if let Some(path) = name.strip_prefix("SUITE__") {
            Some((path.to_lowercase().replace("__", "."), &mut explicit))
        } else {
            let known = PLAIN_NAMES
                .iter()
                .find(|(plain_name, _)| *plain_name == name);
            known.map(|(_, key)| ((*key).to_owned(), &mut plain))
        };
        let Some((key, target)) = key else { continue };
        let value = if from_file {
            match std::fs::read_to_string(&value) {
                Ok(content) => content.trim_end_matches(['\r', '\n']).to_owned(),
                Err(error) => {
                    faults.add(&variable, format!("cannot read the file it names: {error}"));
                    continue;
                }
            }
        } else {
            value
        };
        // A plain name that is set but empty counts as not set: platforms declare variables before they fill them.
        if value.is_empty() && !variable.starts_with("SUITE__") {
            continue;
        }
        target.insert(key, (variable, value));
    }
    if plain.contains_key("http.port") && !explicit.contains_key("http.host") {
        plain.insert(
            "http.host".to_owned(),
            ("PORT".to_owned(), "0.0.0.0".to_owned()),
        );
    }
    plain.extend(explicit);
    plain
}

/// Lays the variables over the defaults and reads each section, so that the faults of all sections are seen at once.
pub(super) fn parse(
    values: &BTreeMap<String, (String, String)>,
    faults: &mut ConfigFaults,
) -> Option<Settings> {
    let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    let defaults = match builder.clone().build() {
        Ok(defaults) => defaults,
        Err(error) => {
            faults.add("config.default.toml", error);
            return None;
        }
    };
    for (key, (variable, value)) in values {
        if defaults.get::<Value>(key).is_err() {
            faults.add(variable, "no such setting");
            continue;
        }
        if let Err(problem) = check_number(&defaults, key, value) {
            faults.add(variable, problem);
            continue;
        }
        let parsed = if LISTS.contains(&key.as_str()) {
            let items = value
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            ValueKind::Array(items.map(|item| Value::from(item.to_owned())).collect())
        } else {
            ValueKind::String(value.clone())
        };
        builder = match builder.clone().set_override(key, parsed) {
            Ok(builder) => builder,
            Err(error) => {
                faults.add(variable, error);
                builder
            }
        };
    }
    let config = match builder.build() {
        Ok(config) => config,
        Err(error) => {
            faults.add("configuration", error);
            return None;
        }
    };
    let settings = (
        section(&config, "database", faults),
        section(&config, "redis", faults),
        section(&config, "cache", faults),
        section(&config, "http", faults),
        section(&config, "limits", faults),
        section(&config, "worker", faults),
        section(&config, "retention", faults),
        section(&config, "security", faults),
        section(&config, "trial", faults),
        section(&config, "log", faults),
        section(&config, "sentry", faults),
        section(&config, "jobs", faults),
        section(&config, "mail", faults),
        section(&config, "billing", faults),
        section(&config, "backup", faults),
        section(&config, "monitor", faults),
    );
    Some(Settings {
        database: settings.0?,
        redis: settings.1?,
        cache: settings.2?,
        http: settings.3?,
        limits: settings.4?,
        worker: settings.5?,
        retention: settings.6?,
        security: settings.7?,
        trial: settings.8?,
        log: settings.9?,
        sentry: settings.10?,
        jobs: settings.11?,
        mail: settings.12?,
        billing: settings.13?,
        backup: settings.14?,
        monitor: settings.15?,
    })
}

/// Refuses text where the default is a number or a switch, without repeating the text: it may be a misplaced secret.
fn check_number(defaults: &Config, key: &str, value: &str) -> Result<(), &'static str> {
    match defaults.get::<Value>(key).map(|default| default.kind) {
        Ok(ValueKind::I64(_)) if value.trim().parse::<u64>().is_err() => {
            Err("must be a whole number")
        }
        Ok(ValueKind::Boolean(_)) if !matches!(value, "true" | "false") => {
            Err("must be true or false")
        }
        _ => Ok(()),
    }
}

fn section<T: DeserializeOwned>(
    config: &Config,
    name: &str,
    faults: &mut ConfigFaults,
) -> Option<T> {
    config
        .get(name)
        .map_err(|error| faults.add(name, error))
        .ok()
}
