use std::{net::SocketAddr, time::Duration};

use suite_core::telemetry;
use suite_db::Db;
use suite_queue::{Broker, Pulse, gauges};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What probes look at.
#[derive(Clone)]
pub(crate) struct Probed {
    pub(crate) pulse: Pulse,
    pub(crate) broker: Broker,
    pub(crate) db: Db,
    /// A task of the job layer counts as stuck when it has not come round for this long.
    pub(crate) patience: Duration,
}

/// Answers `GET /health`, `/ready` and `/metrics` of a worker.
///
/// Three fixed answers to a probe on a private port need no web framework in the worker.
pub(crate) async fn serve(address: SocketAddr, seen: Probed) -> std::io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    tracing::info!(%address, "probes are answered here");
    loop {
        let (stream, _) = listener.accept().await?;
        let seen = seen.clone();
        tokio::spawn(async move {
            // A probe that hangs or breaks off is its own trouble.
            let _ = tokio::time::timeout(Duration::from_secs(5), answer(stream, &seen)).await;
        });
    }
}

async fn answer(mut stream: TcpStream, seen: &Probed) -> std::io::Result<()> {
    let mut head = [0; 1024];
    let length = stream.read(&mut head).await?;
    let line = String::from_utf8_lossy(&head[..length]);
    let path = line.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match path {
        "/health" => ("200 OK", "alive\n".to_owned()),
        "/ready" => match stuck(&seen.pulse, seen.patience) {
            None => ("200 OK", "ready\n".to_owned()),
            Some(task) => ("503 Service Unavailable", format!("{task} is stuck\n")),
        },
        "/metrics" => match figures(seen).await {
            Ok(figures) => ("200 OK", figures),
            Err(_) => ("503 Service Unavailable", String::new()),
        },
        _ => ("404 Not Found", "not found\n".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

async fn figures(seen: &Probed) -> suite_core::Result<String> {
    let recorder = telemetry::metrics_recorder()?;
    gauges::record(&seen.broker, &seen.db).await;
    Ok(recorder.render())
}

/// Returns a task of the job layer that has not come round for `patience`.
pub(crate) fn stuck(pulse: &Pulse, patience: Duration) -> Option<String> {
    // The finisher sleeps while there is nothing to finish.
    let ages = pulse
        .ages()
        .into_iter()
        .filter(|(task, _)| task != "finisher");
    ages.into_iter()
        .find(|(_, age)| *age > patience)
        .map(|(task, _)| task)
}
