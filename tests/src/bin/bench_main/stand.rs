use anyhow::Result;
use secrecy::{ExposeSecret, SecretString};
use suite_core::{
    config::Settings,
    id::{AccountId, LocationId, StoreId},
};
use suite_db::Db;
use suite_queue::Broker;

use crate::{database, worker_process::WorkerProcess};

/// Everything one round needs: a database that nobody else has, a store in it, and a running worker process.
pub(crate) struct Stand {
    pub(crate) db: Db,
    pub(crate) broker: Broker,
    pub(crate) worker: WorkerProcess,
    /// A plain connection of the owner, for what the suite is compared with.
    pub(crate) plain: tokio_postgres::Client,
    pub(crate) account_id: AccountId,
    pub(crate) store_id: StoreId,
    server_url: String,
    name: String,
}

impl Stand {
    pub(crate) async fn open(settings: &Settings, label: &str) -> Result<Self> {
        let server_url = settings.database.url.expose_secret().to_owned();
        let name = format!("suite_bench_{}_{label}", std::process::id());
        let url = database::create(&server_url, &name).await?;
        let mut settings = settings.clone();
        settings.database.url = SecretString::from(url.clone());
        settings.database.replica_url = SecretString::default();
        settings.redis.prefix.clone_from(&name);
        suite_db::migrate::up(&settings.database).await?;
        let plain = database::connect(&url).await?;
        // The owner is bound by row-level security as well.
        plain.batch_execute("SET suite.scope = 'fleet'").await?;
        let (account_id, store_id) = seed(&plain).await?;
        let worker = WorkerProcess::start(&url, &name)?;
        worker.wait_until_it_serves(&plain).await?;
        let db = Db::new(&settings.database, "suite-bench").await?;
        Ok(Self {
            broker: Broker::new(&settings.redis, db.clone())?,
            db,
            worker,
            plain,
            account_id,
            store_id,
            server_url,
            name,
        })
    }

    pub(crate) async fn close(self) -> Result<()> {
        self.worker.stop().await?;
        drop((self.db, self.broker, self.plain));
        database::delete(&self.server_url, &self.name).await
    }
}

async fn seed(plain: &tokio_postgres::Client) -> Result<(AccountId, StoreId)> {
    let (account, store, location) = (AccountId::new(), StoreId::new(), LocationId::new());
    plain
        .batch_execute(&format!(
            "INSERT INTO accounts (id, name, plan, trial_ends_at) VALUES ('{account}', 'Benchmark', 'pro', now());
             INSERT INTO stores (account_id, id, name, currency, timezone, platform)
             VALUES ('{account}', '{store}', 'Shop', 'GBP', 'Europe/London', 'manual');
             INSERT INTO locations (account_id, id, store_id, name, is_default)
             VALUES ('{account}', '{location}', '{store}', 'Shop floor', true)"
        ))
        .await?;
    Ok((account, store))
}
