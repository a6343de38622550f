//! The log, error reports and metrics of a process: set up once in `main`, the same for all programs.

use std::{io::IsTerminal, sync::OnceLock};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use secrecy::ExposeSecret;
use sentry::{
    ClientInitGuard,
    integrations::tracing::{BreadcrumbLayer, ErrorLayer},
    protocol::Event,
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
    let guard = start_sentry(settings);
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

fn start_sentry(settings: &Settings) -> Option<ClientInitGuard> {
    let dsn = settings.sentry.dsn.expose_secret();
    if dsn.is_empty() {
        return None;
    }
    let options = sentry::ClientOptions::new()
        .release(concat!("employee-suite@", env!("CARGO_PKG_VERSION")))
        .environment(settings.sentry.environment.clone())
        .before_send(|event| Some(without_query(event)))
        .send_default_pii(false);
    Some(sentry::init((dsn, options)))
}

/// Takes the query off the address of the request: outside cron services may have to show their secret in it.
fn without_query(mut event: Event<'static>) -> Event<'static> {
    if let Some(request) = &mut event.request {
        request.query_string = None;
        if let Some(url) = &mut request.url {
            url.set_query(None);
        }
    }
    event
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

#[cfg(test)]
mod tests {
    use sentry::protocol::Request;

    use super::*;

    #[test]
    fn an_error_report_does_not_hold_the_query_of_its_request() {
        let request = Request {
            url: "https://example.com/cron/expire_rows?secret=hunter2"
                .parse()
                .ok(),
            query_string: Some("secret=hunter2".to_owned()),
            ..Request::default()
        };
        let event = without_query(Event {
            request: Some(request),
            ..Event::default()
        });
        let sent = format!("{:?}", event.request);
        assert!(sent.contains("/cron/expire_rows"), "{sent}");
        assert!(!sent.contains("hunter2"), "{sent}");
    }
}
