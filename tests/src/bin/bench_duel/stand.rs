use std::time::Duration;

use anyhow::{Result, bail};
use redis::aio::MultiplexedConnection;
use secrecy::{ExposeSecret, SecretString};
use suite_core::{
    config::Settings,
    id::AccountId,
    job::{NewJob, Queue},
};
use suite_db::{Db, jobs};
use suite_queue::Broker;
use tokio::process::Command;
use tokio::time::Instant;

use crate::{database, kind::Load, process::Process, rival, system::System};

/// Jobs written in one transaction.
pub(crate) const BULK: u64 = 500;
/// What a backlog that moves at all is done in.
const PATIENCE: Duration = Duration::from_secs(300);

/// Everything one measurement of ours needs: a database and Redis keys that nobody else has.
pub(crate) struct Stand {
    pub(crate) db: Db,
    pub(crate) broker: Broker,
    /// A plain connection of the owner.
    pub(crate) plain: tokio_postgres::Client,
    pub(crate) redis: MultiplexedConnection,
    pub(crate) settings: Settings,
    server_url: String,
    name: String,
}

impl Stand {
    pub(crate) async fn open(settings: &Settings) -> Result<Self> {
        let server_url = settings.database.url.expose_secret().to_owned();
        let name = rival::queue_name().replace('-', "_");
        let url = database::create(&server_url, &name).await?;
        let mut settings = settings.clone();
        settings.database.url = SecretString::from(url.clone());
        settings.database.replica_url = SecretString::default();
        settings.redis.prefix.clone_from(&name);
        suite_db::migrate::up(&settings.database).await?;
        let plain = database::connect(&url).await?;
        // The owner is bound by row-level security as well.
        plain.batch_execute("SET suite.scope = 'fleet'").await?;
        let db = Db::new(&settings.database, "suite-bench").await?;
        Ok(Self {
            broker: Broker::new(&settings.redis, db.clone())?,
            redis: rival::connect(&settings).await?,
            db,
            plain,
            settings,
            server_url,
            name,
        })
    }

    pub(crate) async fn close(self) -> Result<()> {
        let Self {
            server_url, name, ..
        } = self;
        database::delete(&server_url, &name).await
    }

    /// Prepares a program of ours with the settings of this stand.
    pub(crate) fn configure(&self, command: &mut Command, concurrency: usize) {
        command
            .env("DATABASE_URL", self.settings.database.url.expose_secret())
            .env_remove("DATABASE_REPLICA_URL")
            .env("REDIS_URL", self.settings.redis.url.expose_secret())
            .env("SUITE__REDIS__PREFIX", &self.name)
            .env("SUITE__WORKER__CONCURRENCY", concurrency.to_string())
            .env(
                "SUITE__RETENTION__SUCCEEDED_DAYS",
                self.settings.retention.succeeded_days.to_string(),
            )
            .env("RUST_LOG", "warn");
    }

    /// Starts a worker process, without waiting until it serves.
    pub(crate) fn start_worker(&self, concurrency: usize) -> Result<Process> {
        let mut command = System::Ours.program()?;
        command.arg("work");
        self.configure(&mut command, concurrency);
        Process::start(command)
    }

    /// Starts a worker process and waits until it serves.
    pub(crate) async fn worker(&self, concurrency: usize) -> Result<Process> {
        let process = self.start_worker(concurrency)?;
        self.wait_for_workers(1).await?;
        Ok(process)
    }

    pub(crate) async fn wait_for_workers(&self, count: i64) -> Result<()> {
        let serving = "SELECT count(*) FROM workers WHERE lease_until > now()";
        self.wait("a worker serves", serving, count).await?;
        // What is done once at the start is over then.
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(())
    }

    /// Waits until a statement answers with at least `least`.
    pub(crate) async fn wait(&self, what: &str, statement: &str, least: i64) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let row = self.plain.query_one(statement, &[]).await?;
            if row.get::<_, i64>(0) >= least {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("waited too long until {what}")
    }

    /// Writes jobs in one transaction and hands them out.
    pub(crate) async fn enqueue(&self, account_id: AccountId, jobs: &[NewJob]) -> Result<()> {
        let mut tx = self.db.account(account_id).await?;
        let written = jobs::enqueue_many(&mut tx, jobs).await?;
        tx.commit().await?;
        let refs: Vec<_> = written.iter().map(|enqueued| enqueued.job).collect();
        self.broker.dispatch(&refs);
        Ok(())
    }

    /// Writes `count` jobs in transactions of 500, of each account in turn, and waits until Redis has their ids.
    pub(crate) async fn fill(
        &self,
        accounts: &[AccountId],
        count: u64,
        load: &Load,
        due: Option<chrono::DateTime<chrono::Utc>>,
    ) -> Result<()> {
        let mut turns = accounts.iter().cycle();
        for first in (0..count).step_by(BULK as usize) {
            let Some(account_id) = turns.next() else {
                bail!("no account")
            };
            let jobs = (first..(first + BULK).min(count)).map(|number| {
                let load = Load {
                    number,
                    ..load.clone()
                };
                let job = NewJob::new(*account_id, &load)?;
                Ok(match due {
                    Some(due) => job.at(due),
                    None => job,
                })
            });
            self.enqueue(*account_id, &jobs.collect::<Result<Vec<_>>>()?)
                .await?;
        }
        if due.is_none() {
            self.wait_for_redis(count).await?;
        }
        Ok(())
    }

    /// Waits until this many ids wait in Redis. Nobody may work meanwhile.
    async fn wait_for_redis(&self, count: u64) -> Result<()> {
        while self.waiting().await? < count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    pub(crate) async fn waiting(&self) -> Result<u64> {
        let depths = self.broker.waiting(Queue::Inventory).await?;
        Ok(depths.iter().map(|(_, depth)| depth).sum())
    }

    /// Waits until `count` jobs have succeeded; looks at Redis first, since counting rows costs the server time.
    pub(crate) async fn wait_until_done(&self, count: u64) -> Result<()> {
        while self.waiting().await? > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let done = "SELECT count(*) FROM jobs WHERE state = 'succeeded'";
        self.wait("all jobs have succeeded", done, count.try_into()?)
            .await
    }

    /// Returns the one number that a statement answers with.
    pub(crate) async fn number(&self, statement: &str) -> Result<f64> {
        Ok(self.plain.query_one(statement, &[]).await?.get(0))
    }

    /// Returns what Redis uses, in bytes.
    pub(crate) async fn redis_memory(&self) -> Result<i64> {
        let mut redis = self.redis.clone();
        let info: String = redis::cmd("INFO")
            .arg("memory")
            .query_async(&mut redis)
            .await?;
        let line = info
            .lines()
            .find_map(|line| line.strip_prefix("used_memory:"));
        Ok(line.unwrap_or_default().trim().parse()?)
    }
}
