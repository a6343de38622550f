//! What the commands need of Redis. Nothing here is fatal: Redis only carries ids of jobs.

use anyhow::ensure;
use secrecy::ExposeSecret;
use suite_core::job::{JobRef, Queue};
use suite_db::Db;
use suite_queue::Broker;

use super::{Console, Session, show};

/// Prepares the connection to Redis.
fn broker(session: &Session, db: &Db) -> anyhow::Result<Broker> {
    let config = &session.settings.redis;
    ensure!(
        !config.url.expose_secret().is_empty(),
        "REDIS_URL is not set"
    );
    Ok(Broker::new(config, db.clone())?)
}

/// Hands committed jobs to the workers; while Redis is away the keeper does so later, and a note tells so.
pub(super) async fn hand_out(
    session: &Session,
    db: &Db,
    jobs: &[JobRef],
    console: &mut Console<'_>,
) -> anyhow::Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let handed_out = match broker(session, db) {
        Ok(broker) => broker.dispatch_now(jobs).await.map_err(Into::into),
        Err(error) => Err(error),
    };
    if let Err(error) = handed_out {
        let why = show::chain(error.as_ref());
        writeln!(console.err, "Redis: {why}; the jobs start once it is back")?;
    }
    Ok(())
}

/// Counts the ids that wait in Redis for each queue.
pub(super) async fn depths(session: &Session, db: &Db) -> anyhow::Result<Vec<(Queue, u64)>> {
    let broker = broker(session, db)?;
    let mut depths = Vec::new();
    for queue in Queue::ALL {
        let accounts = broker.waiting(queue).await?;
        depths.push((queue, accounts.iter().map(|(_, depth)| depth).sum()));
    }
    Ok(depths)
}
