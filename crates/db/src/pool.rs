use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::ConnectionError;
use diesel_async::{
    AsyncPgConnection,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, bb8},
};
use futures_util::FutureExt;
use secrecy::ExposeSecret;
use suite_core::{config::DatabaseConfig, id::AccountId};

use crate::{
    AccountTx, DbError, DbResult, FleetConnection, FleetTx,
    connect::{Connector, replica_url},
};

pub(crate) type Pool = bb8::Pool<AsyncPgConnection>;

/// How long the begin of a transaction may take at least: a busy server is no dead one.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(1);

/// The database as a process sees it: a pool, and connections beside it for the job layer. Clones share it.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    reports: Pool,
    connector: Arc<Connector>,
    acquire_timeout: Duration,
}

/// How busy the pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// Open connections.
    pub connections: u32,
    /// Of these, free ones.
    pub idle: u32,
    /// The most it may open.
    pub limit: u32,
}

impl Db {
    /// Prepares the pool; connections open when they are first needed.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub async fn new(config: &DatabaseConfig, application_name: &'static str) -> DbResult<Self> {
        let url = config.url.expose_secret();
        crate::tls::configure(url).map_err(|error| DbError::Pool(error.to_string()))?;
        let pool = build_pool(config, url, application_name).await?;
        let reports = match replica_url(config) {
            replica if replica == url => pool.clone(),
            replica => build_pool(config, replica, application_name).await?,
        };
        Ok(Self {
            pool,
            reports,
            connector: Arc::new(Connector::new(config, url, application_name)),
            acquire_timeout: Duration::from_millis(config.acquire_timeout_ms),
        })
    }

    /// Begins a transaction that sees and writes one account's rows only.
    ///
    /// # Errors
    /// When no connection is free in time or the server is away.
    pub async fn account(&self, account_id: AccountId) -> DbResult<AccountTx> {
        self.in_time(AccountTx::begin(
            self.checkout(&self.pool).await?,
            account_id,
        ))
        .await
    }

    /// Begins a transaction for reading reports, on the replica where there is one: it only reads, it sees one moment however
    /// many statements it has, and these may take as long as a report may.
    ///
    /// # Errors
    /// When no connection is free in time or the server is away.
    pub async fn account_for_reports(&self, account_id: AccountId) -> DbResult<AccountTx> {
        self.in_time(AccountTx::begin_snapshot(
            self.checkout(&self.reports).await?,
            account_id,
        ))
        .await
    }

    /// Begins a transaction for the operator's own work: logging in, sweeping, listing the fleet.
    ///
    /// # Errors
    /// When no connection is free in time or the server is away.
    pub async fn fleet(&self) -> DbResult<FleetTx> {
        self.in_time(FleetTx::begin(self.checkout(&self.pool).await?))
            .await
    }

    /// Opens a connection outside the pool for the job layer.
    ///
    /// # Errors
    /// When the server is away.
    pub async fn fleet_connection(&self) -> DbResult<FleetConnection> {
        FleetConnection::open(&self.connector).await
    }

    /// Opens a connection outside the pool to claim jobs with. Its commits do not wait for the disk: a claim that a crash of the
    /// server loses leaves the job waiting, and the fence refuses what the lost attempt still writes. An end that is on disk
    /// has its claim there too, as the log is written in order.
    ///
    /// # Errors
    /// When the server is away.
    pub async fn claim_connection(&self) -> DbResult<FleetConnection> {
        FleetConnection::open_for_claims(&self.connector).await
    }

    /// Returns how busy the pool is.
    #[must_use]
    pub fn pool_status(&self) -> PoolStatus {
        let state = self.pool.state();
        PoolStatus {
            connections: state.connections,
            idle: state.idle_connections,
            limit: self.pool_limit(),
        }
    }

    fn pool_limit(&self) -> u32 {
        self.connector.pool_size
    }

    /// A transaction begins in time, or its connection counts as dead and is closed: one that stood open when the server began
    /// to hang looks as good as any.
    async fn in_time<T>(&self, beginning: impl Future<Output = DbResult<T>>) -> DbResult<T> {
        tokio::time::timeout(self.acquire_timeout.max(BEGIN_TIMEOUT), beginning)
            .await
            .unwrap_or_else(|_| Err(DbError::Pool("no answer in time".to_owned())))
    }

    async fn checkout(
        &self,
        pool: &Pool,
    ) -> DbResult<bb8::PooledConnection<'static, AsyncPgConnection>> {
        let asked = Instant::now();
        let given = tokio::time::timeout(self.acquire_timeout, pool.get_owned()).await;
        metrics::histogram!("database_pool_wait_seconds").record(asked.elapsed().as_secs_f64());
        given
            .map_err(|_| {
                metrics::counter!("database_pool_timeouts_total").increment(1);
                DbError::Pool("none was free in time".to_owned())
            })?
            .map_err(|error| DbError::Pool(error.to_string()))
    }
}

async fn build_pool(
    config: &DatabaseConfig,
    url: &str,
    application_name: &'static str,
) -> DbResult<Pool> {
    let connector = Connector::new(config, url, application_name);
    let mut manager = ManagerConfig::default();
    // A closed connection is noticed without asking the server at each checkout.
    manager.recycling_method = RecyclingMethod::Fast;
    // Each connection has a task that drives it. It belongs on the runtime of the process and not on that of whichever
    // server thread opened the connection: that one may be busy with its requests, and it ends with its server.
    let runtime = tokio::runtime::Handle::current();
    manager.custom_setup = Box::new(move |_| {
        let connector = connector.clone();
        let connecting = runtime.spawn(async move { connector.connect().await });
        async move {
            connecting
                .await
                .unwrap_or_else(|error| Err(ConnectionError::BadConnection(error.to_string())))
        }
        .boxed()
    });
    Pool::builder()
        .max_size(config.pool_size)
        .min_idle(Some(0))
        .connection_timeout(Duration::from_millis(
            config.acquire_timeout_ms.max(config.connect_timeout_ms),
        ))
        .build(AsyncDieselConnectionManager::new_with_config(url, manager))
        .await
        .map_err(|error| DbError::Pool(error.to_string()))
}
