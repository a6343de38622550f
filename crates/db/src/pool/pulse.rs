//! Notices a server that hangs. One that is gone says so, and statements end; one that hangs keeps the connection and says
//! nothing, and whoever has asked it something waits for good.

use std::{sync::Arc, time::Duration};

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio::sync::watch;

use crate::connect::Connector;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(250);

/// Whether the server hangs. Clones tell the same.
#[derive(Clone)]
pub(super) struct Pulse(Arc<watch::Sender<bool>>);

impl Pulse {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Resolves as soon as the server hangs.
    pub(super) async fn hangs(&self) {
        // The sender lives as long as this.
        let _ = self.0.subscribe().wait_for(|hangs| *hangs).await;
    }

    /// Asks the server again and again, on a connection of its own; an answer later than `patience` means that it hangs.
    pub(super) async fn keep(&self, connector: Arc<Connector>, patience: Duration) {
        let mut connection = None;
        loop {
            let hangs = ask(&connector, &mut connection, patience).await;
            if self.0.send_replace(hangs) != hangs {
                if hangs {
                    tracing::error!(
                        "the database does not answer any more: requests that wait for it are given up"
                    );
                } else {
                    tracing::warn!("the database answers again");
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Tells whether the server hangs. One that refuses does not: whoever waits is told by it.
async fn ask(
    connector: &Connector,
    connection: &mut Option<AsyncPgConnection>,
    patience: Duration,
) -> bool {
    let asking = async {
        let mut open = match connection.take() {
            Some(open) => open,
            None => connector.connect_as_owner().await.ok()?,
        };
        open.batch_execute("SELECT 1").await.ok()?;
        Some(open)
    };
    match tokio::time::timeout(patience, asking).await {
        Ok(open) => {
            *connection = open;
            false
        }
        Err(_) => true,
    }
}
