mod pulse;
mod replica;

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
use pulse::Pulse;
use replica::{Freshness, place_of_primary, wait_for};

pub(crate) type Pool = bb8::Pool<AsyncPgConnection>;
type Pooled = bb8::PooledConnection<'static, AsyncPgConnection>;

/// How long the begin of a transaction may take at least: a busy server is no dead one.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(1);

/// The database as a process sees it: a pool, and connections beside it for the job layer. Clones share it.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    replica: Option<Pool>,
    replica_patience: Duration,
    pulse: Pulse,
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
        let replica = match replica_url(config) {
            None => None,
            Some(url) => Some(build_pool(config, url, application_name).await?),
        };
        Ok(Self {
            pool,
            replica,
            replica_patience: Duration::from_millis(config.replica_wait_ms),
            pulse: Pulse::new(),
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

    /// Begins a transaction for reading reports: it only reads, it sees one moment however many statements it has, and these
    /// may take as long as a report may.
    ///
    /// It reads from the replica where there is one that shows everything that was committed before this call; from the primary
    /// otherwise. So a report never misses what its merchant has just imported.
    ///
    /// # Errors
    /// When no connection is free in time or the server is away.
    pub async fn account_for_reports(&self, account_id: AccountId) -> DbResult<AccountTx> {
        if let Some(connection) = self.fresh_replica().await
            && let Ok(tx) = self
                .in_time(AccountTx::begin_snapshot(connection, account_id))
                .await
        {
            return Ok(tx);
        }
        let primary = self.checkout(&self.pool).await?;
        self.in_time(AccountTx::begin_snapshot(primary, account_id))
            .await
    }

    /// Returns a connection to the replica, if it is there and shows everything that was committed so far.
    async fn fresh_replica(&self) -> Option<Pooled> {
        let pool = self.replica.as_ref()?;
        let looking = async {
            let place = place_of_primary(&mut *self.checkout(&self.pool).await?).await?;
            let mut connection = self.checkout(pool).await?;
            let freshness = wait_for(&mut connection, &place, self.replica_patience).await?;
            Ok::<_, DbError>((connection, freshness))
        };
        // A replica that hangs holds up a report no longer than one that is behind.
        let limit = self.acquire_timeout.max(BEGIN_TIMEOUT) + self.replica_patience;
        let found = tokio::time::timeout(limit, looking).await;
        let (connection, outcome) = match found {
            Ok(Ok((connection, freshness))) => (
                (freshness == Freshness::Fresh).then_some(connection),
                freshness.word(),
            ),
            Ok(Err(_)) | Err(_) => (None, "away"),
        };
        metrics::counter!("database_replica_reads_total", "outcome" => outcome).increment(1);
        connection
    }

    /// Resolves as soon as the server is known to hang. Somebody must watch it: [`Self::watch`].
    pub async fn hangs(&self) {
        self.pulse.hangs().await;
    }

    /// Watches for a server that hangs, until it is dropped.
    pub async fn watch(&self) {
        let patience = self.acquire_timeout.max(BEGIN_TIMEOUT);
        self.pulse.keep(Arc::clone(&self.connector), patience).await;
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

    async fn checkout(&self, pool: &Pool) -> DbResult<Pooled> {
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
