//! Tells the fleet that this web process is up, until it stops.

use std::time::Duration;

use suite_core::id::WorkerId;
use suite_db::web_processes::{self, WebCard};
use tokio_util::sync::CancellationToken;

use crate::App;

/// `suitectl doctor` takes a process that was silent for three of these for gone.
const BEAT: Duration = Duration::from_secs(5);

/// Beats until `over`; a database that is away only makes the process look gone.
pub(crate) async fn keep(app: App, over: CancellationToken) {
    let card = WebCard {
        id: WorkerId::new().as_uuid(),
        host: suite_core::telemetry::host_name(),
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION"),
        pool_size: app.db.pool_status().limit,
    };
    loop {
        if let Err(error) = beat(&app, &card).await {
            tracing::debug!(%error, "the process could not give a sign of life");
        }
        tokio::select! {
            () = tokio::time::sleep(BEAT) => {}
            () = over.cancelled() => break,
        }
    }
    if let Err(error) = sign_off(&app, &card).await {
        tracing::debug!(%error, "the process could not sign off");
    }
}

async fn beat(app: &App, card: &WebCard) -> suite_db::DbResult<()> {
    let mut tx = app.db.fleet().await?;
    web_processes::beat(&mut tx, card).await?;
    tx.commit().await
}

async fn sign_off(app: &App, card: &WebCard) -> suite_db::DbResult<()> {
    let mut tx = app.db.fleet().await?;
    web_processes::sign_off(&mut tx, card.id).await?;
    tx.commit().await
}
