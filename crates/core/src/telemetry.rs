//! The log, error reports and metrics of a process: set up once in `main`, the same for all programs.

mod check_in;
mod reports;

pub use check_in::{CheckIn, check_in};
pub use reports::{is_reporting, tagged};

use std::{io::IsTerminal, sync::OnceLock};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use sentry::{
    ClientInitGuard,
    integrations::tracing::{BreadcrumbLayer, ErrorLayer},
};
use tracing_subscriber::{
    EnvFilter, Layer, filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::{
    Error, Result,
    config::{LogFormat, Settings},
};

/// From half a millisecond, what touches no database, to the longest that is worth telling apart.
const SECONDS_BUCKETS: [f64; 13] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 300.0,
];

/// Sets up the log and error reports; both end when the guard is dropped.
///
/// # Errors
/// When the log's filter cannot be read, or a log was set up before.
pub fn start(settings: &Settings) -> Result<Option<ClientInitGuard>> {
    let guard = reports::start(&settings.sentry);
    let filter = EnvFilter::try_new(&settings.log.filter)
        .map_err(|error| Error::invalid("RUST_LOG", error.to_string()))?;
    let lines = match settings.log.format {
        LogFormat::Text => tracing_subscriber::fmt::layer()
            .with_ansi(std::io::stdout().is_terminal())
            .boxed(),
        LogFormat::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .boxed(),
    };
    // Errors become events, the lines before them breadcrumbs.
    let reports = guard.as_ref().map(|_| {
        let errors = ErrorLayer::new().with_filter(LevelFilter::ERROR);
        errors.and_then(BreadcrumbLayer::new().with_filter(LevelFilter::INFO))
    });
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(reports)
        .try_init()
        .map_err(Error::internal)?;
    Ok(guard)
}

/// Returns what renders the metrics. They belong to the process, so all parts of it share one recorder.
///
/// # Errors
/// When another recorder was installed.
pub fn metrics_recorder() -> Result<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)
                .and_then(PrometheusBuilder::install_recorder)
                .ok()
        })
        .as_ref()
        .ok_or_else(|| Error::internal("the metrics recorder cannot be installed"))
}

/// Returns the machine's name, for people only: never an identity.
#[must_use]
pub fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .unwrap_or_else(|_| "unknown".to_owned())
}
