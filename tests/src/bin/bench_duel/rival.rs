use std::process::Stdio;

use anyhow::Result;
use secrecy::ExposeSecret;
use suite_core::config::Settings;
use uuid::Uuid;

use crate::{
    figure::{Figure, Numbers, Outcome},
    system::System,
};

/// Lets a rival take one figure in a process of its own, with a queue of its own on a Redis that holds nothing else.
pub(crate) async fn measure(
    settings: &Settings,
    system: System,
    figure: Figure,
) -> Result<Outcome> {
    wipe(settings).await?;
    let mut command = system.program()?;
    command
        .arg(figure.command())
        .arg(queue_name())
        .arg(figure.count(system).to_string())
        .arg(figure.concurrency(system).to_string())
        .env("REDIS_URL", settings.redis.url.expose_secret())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let outcome = match tokio::time::timeout(figure.limit(), command.output()).await {
        Err(_) => Outcome::Failed(format!("not within {} s", figure.limit().as_secs())),
        Ok(Err(error)) => Outcome::Failed(format!("not installed: {error}")),
        Ok(Ok(output)) => match serde_json::from_slice::<Numbers>(&output.stdout) {
            Ok(numbers) if output.status.success() => Outcome::Figures(numbers),
            _ => Outcome::Failed(format!("fails ({})", output.status)),
        },
    };
    wipe(settings).await?;
    Ok(outcome)
}

/// Makes a name that no other run has used.
pub(crate) fn queue_name() -> String {
    format!("duel-{}", Uuid::now_v7().simple())
}

/// Lets Redis keep a log on disk, or not.
pub(crate) async fn keep_log(settings: &Settings, figure: Figure) -> Result<()> {
    let keeps = if figure == Figure::DrainAof {
        "yes"
    } else {
        "no"
    };
    let mut redis = connect(settings).await?;
    redis::cmd("CONFIG")
        .arg("SET")
        .arg("appendonly")
        .arg(keeps)
        .exec_async(&mut redis)
        .await?;
    Ok(())
}

/// Empties this Redis, so that nobody carries the load of another.
pub(crate) async fn wipe(settings: &Settings) -> Result<()> {
    let mut redis = connect(settings).await?;
    redis::cmd("FLUSHALL")
        .arg("SYNC")
        .exec_async(&mut redis)
        .await?;
    Ok(())
}

pub(crate) async fn connect(settings: &Settings) -> Result<redis::aio::MultiplexedConnection> {
    let client = redis::Client::open(settings.redis.url.expose_secret())?;
    let waiting = redis::AsyncConnectionConfig::new().set_response_timeout(None);
    Ok(client
        .get_multiplexed_async_connection_with_config(&waiting)
        .await?)
}
