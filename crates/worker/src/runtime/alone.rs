use std::{future::Future, sync::Arc, time::Duration};

use suite_core::{
    Result,
    clock::Clock,
    config::Settings,
    id::{AccountId, JobId},
    schedules,
};
use suite_db::Db;
use suite_queue::{Broker, JobWorker};
use tokio::runtime::Handle;

use super::{
    Registry,
    process::{Runtime, options},
    run_job,
};

/// What a process is made of that runs one job and ends.
pub struct Alone<'a> {
    /// Its settings.
    pub settings: &'a Settings,
    /// The kinds of job it can run.
    pub kinds: Registry,
    /// PostgreSQL.
    pub db: Db,
    /// Redis.
    pub broker: Broker,
    /// The clock of the business.
    pub clock: Clock,
    /// Where the job runs.
    pub executor: Handle,
    /// How long the job may go on after `stop`.
    pub grace: Duration,
}

/// Runs one job as a worker without queues would: with a lease, a fence, and an end that is written like any other.
///
/// Returns false when the job could not be claimed: another worker was faster. When `stop` resolves first, the job is stopped and
/// handed back.
///
/// # Errors
/// When the claim fails; a job that fails is no error.
pub async fn run_alone(
    parts: Alone<'_>,
    account_id: AccountId,
    id: JobId,
    stop: impl Future<Output = ()>,
) -> Result<bool> {
    let Alone {
        settings,
        kinds,
        db,
        broker,
        clock,
        executor,
        grace,
    } = parts;
    let options = options(settings, Vec::new(), &kinds, schedules::fleet()?);
    let mut worker = JobWorker::start(db.clone(), broker.clone(), options).await?;
    let claimed = worker.claim_one(account_id, id).await;
    let runtime = Runtime::new(settings, (db, broker), clock, kinds, executor.clone())?;
    let runtime = Arc::new(runtime);
    let was_free = match claimed {
        Ok(Some(claimed)) => {
            let mut running = executor.spawn(run_job::run(claimed, runtime));
            tokio::select! {
                _ = &mut running => {}
                () = stop => {
                    worker.drain(grace).await;
                    let _ = tokio::time::timeout(Duration::from_secs(1), running).await;
                }
            }
            Ok(true)
        }
        Ok(None) => Ok(false),
        Err(error) => Err(error.into()),
    };
    worker.stop_fetching().await;
    worker.sign_off().await;
    was_free
}
