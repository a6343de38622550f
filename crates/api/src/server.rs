use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use actix_web::{HttpServer, dev::ServerHandle, web::Data};
use suite_core::telemetry;
use tokio_util::sync::CancellationToken;

use crate::{App, presence, service};

/// A request's head must have arrived within this time: slow heads hold connections.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// An idle connection is kept this long for the next request; it also bounds how long a quiet client delays the end.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long the last word to the fleet may take.
const SIGN_OFF_TIMEOUT: Duration = Duration::from_secs(2);
/// More connections than this wait in the system's queue.
const MAX_CONNECTIONS_PER_THREAD: usize = 10_000;

/// A server that listens and can be stopped.
pub struct Server {
    address: SocketAddr,
    running: actix_web::dev::Server,
    stop: Stop,
    app: App,
}

/// Stops a [`Server`]; clones stop the same one.
#[derive(Clone)]
pub struct Stop {
    handle: ServerHandle,
    streams: CancellationToken,
}

impl Stop {
    /// Refuses new connections, lets open requests end within `http.shutdown_seconds`, and returns when the server is gone.
    pub async fn gracefully(&self) {
        self.streams.cancel();
        self.handle.stop(true).await;
    }

    /// Ends open requests as well.
    pub async fn now(&self) {
        self.streams.cancel();
        self.handle.stop(false).await;
    }
}

impl Server {
    /// Listens on `http.host` and `http.port`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn bind(app: App) -> io::Result<Self> {
        // Counting begins with the first request; should it fail, /metrics says so.
        let _ = telemetry::metrics_recorder();
        let http = &app.settings.http;
        let listener = TcpListener::bind((http.host.as_str(), http.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let streams = app.stopping.clone();
        let (threads, shutdown_seconds) = (http.threads, http.shutdown_seconds);
        let state = Data::new(app.clone());
        let mut server = HttpServer::new(move || service::build(state.clone()))
            .client_request_timeout(HEAD_TIMEOUT)
            .keep_alive(KEEP_ALIVE)
            .max_connections(MAX_CONNECTIONS_PER_THREAD)
            .shutdown_timeout(shutdown_seconds)
            .disable_signals();
        if threads > 0 {
            server = server.workers(threads);
        }
        let running = server.listen(listener)?.run();
        let stop = Stop {
            handle: running.handle(),
            streams,
        };
        Ok(Self {
            address,
            running,
            stop,
            app,
        })
    }

    /// Returns where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns what stops it.
    #[must_use]
    pub fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves until it is stopped.
    ///
    /// # Errors
    /// When the server's threads cannot be started.
    pub async fn run(self) -> io::Result<()> {
        let over = CancellationToken::new();
        let watched = self.app.db.clone();
        let watching = tokio::spawn(async move { watched.watch().await });
        let present = tokio::spawn(presence::keep(self.app, over.clone()));
        let ended = self.running.await;
        over.cancel();
        watching.abort();
        // A database that is away does not hold up the end.
        let _ = tokio::time::timeout(SIGN_OFF_TIMEOUT, present).await;
        ended
    }
}
