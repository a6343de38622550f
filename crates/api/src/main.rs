//! The web process.

use std::io;

use anyhow::Context;
use suite_api::{App, Server};
use suite_core::{
    clock::Clock,
    config::{Purpose, Settings},
    telemetry,
};
use suite_db::Db;
use suite_queue::Broker;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> anyhow::Result<()> {
    // The one provider of cryptography; a second call is refused and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings::from_environment(Purpose::Api)?;
    let _reports = telemetry::start(&settings)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(serve(settings))
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    let db = Db::new(&settings.database, "suite-api").await?;
    let broker = Broker::new(&settings.redis, db.clone())?;
    let shown_at = settings.http.base_url.clone();
    let server = Server::bind(App::new(settings, db, broker, Clock::System))
        .context("cannot listen on the address that PORT and http.host name")?;
    tracing::info!(address = %server.address(), base_url = shown_at, "serving");
    let stop = server.stopper();
    let running = tokio::spawn(server.run());
    tokio::spawn(async move {
        if let Err(error) = stop_on_signals(stop).await {
            tracing::error!(%error, "signals cannot be heard");
        }
    });
    running.await??;
    tracing::info!("stopped");
    Ok(())
}

/// The first SIGTERM or SIGINT lets open requests end, the second does not.
async fn stop_on_signals(stop: suite_api::Stop) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut next = async || {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    };
    let first = next().await;
    tracing::info!(signal = first, "stopping; open requests may end");
    let graceful = stop.clone();
    tokio::select! {
        () = graceful.gracefully() => {}
        signal = next() => {
            tracing::info!(signal, "stopping at once");
            stop.now().await;
        }
    }
    Ok(())
}
