use std::{net::SocketAddr, time::Duration};

use suite_core::telemetry;
use suite_queue::Pulse;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Answers `GET /health`, `/ready` and `/metrics` of a worker.
///
/// Three fixed answers to a probe on a private port need no web framework in the worker.
pub(crate) async fn serve(
    address: SocketAddr,
    pulse: Pulse,
    patience: Duration,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    tracing::info!(%address, "probes are answered here");
    loop {
        let (stream, _) = listener.accept().await?;
        let pulse = pulse.clone();
        tokio::spawn(async move {
            // A probe that hangs or breaks off is its own trouble.
            let _ = tokio::time::timeout(Duration::from_secs(2), answer(stream, &pulse, patience))
                .await;
        });
    }
}

async fn answer(mut stream: TcpStream, pulse: &Pulse, patience: Duration) -> std::io::Result<()> {
    let mut head = [0; 1024];
    let length = stream.read(&mut head).await?;
    let line = String::from_utf8_lossy(&head[..length]);
    let path = line.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match path {
        "/health" => ("200 OK", "alive\n".to_owned()),
        "/ready" => match stuck(pulse, patience) {
            None => ("200 OK", "ready\n".to_owned()),
            Some(task) => ("503 Service Unavailable", format!("{task} is stuck\n")),
        },
        "/metrics" => match telemetry::metrics_recorder() {
            Ok(recorder) => ("200 OK", recorder.render()),
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
