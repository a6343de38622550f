use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};
use secrecy::ExposeSecret;
use suite_core::config::DatabaseConfig;

use crate::{DbError, DbResult, tls};

/// How connections of a process are opened.
#[derive(Clone)]
pub(crate) struct Connector {
    pub(crate) url: String,
    application_name: &'static str,
    connect_timeout: Duration,
    setup: String,
    pub(crate) pool_size: u32,
}

impl Connector {
    pub(crate) fn new(config: &DatabaseConfig, url: &str, application_name: &'static str) -> Self {
        Self {
            url: url.to_owned(),
            application_name,
            connect_timeout: Duration::from_millis(config.connect_timeout_ms),
            setup: setup(config),
            pool_size: config.pool_size,
        }
    }

    /// Opens a connection that works as the application's role.
    pub(crate) async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        let mut connection = self.connect_as_owner().await?;
        self.prepare(&mut connection, &self.setup).await?;
        Ok(connection)
    }

    /// Runs a connection's first statements. A server that has taken the connection may still hang.
    async fn prepare(
        &self,
        connection: &mut AsyncPgConnection,
        statements: &str,
    ) -> ConnectionResult<()> {
        tokio::time::timeout(self.connect_timeout, connection.batch_execute(statements))
            .await
            .map_err(|_| ConnectionError::BadConnection("timed out".to_owned()))?
            .map_err(ConnectionError::CouldntSetupConfiguration)
    }

    /// Opens a connection that works as the login role: for migrations.
    pub(crate) async fn connect_as_owner(&self) -> ConnectionResult<AsyncPgConnection> {
        let (mut config, tls) = tls::configure(&self.url)?;
        config
            .application_name(self.application_name)
            .connect_timeout(self.connect_timeout);
        // A peer that vanished without a word is noticed in seconds, not in the two hours of the system's default.
        config
            .keepalives_idle(Duration::from_secs(5))
            .keepalives_interval(Duration::from_secs(2))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(10));
        let connecting = config.connect(tls);
        let (client, connection) = tokio::time::timeout(self.connect_timeout, connecting)
            .await
            .map_err(|_| ConnectionError::BadConnection("timed out".to_owned()))?
            .map_err(|error| ConnectionError::BadConnection(describe(&error)))?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    }
}

fn setup(config: &DatabaseConfig) -> String {
    let role = if config.app_role.is_empty() {
        String::new()
    } else {
        // Does nothing where the role does not exist: `doctor` tells.
        format!(
            "SELECT set_config('role', rolname, false) FROM pg_roles \
             WHERE rolname = '{}' AND pg_has_role(session_user, oid, 'MEMBER');",
            config.app_role
        )
    };
    // Compilation of expressions costs more than it saves in statements of milliseconds.
    format!(
        "SET client_min_messages = warning; SET jit = off; SET statement_timeout = {}; \
         SET idle_in_transaction_session_timeout = '60s'; {role}",
        config.statement_timeout_ms
    )
}

fn describe(error: &tokio_postgres::Error) -> String {
    use std::error::Error;
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// A connection of its own, outside the pool, for the statements of the job layer.
///
/// It serves the whole fleet, and its planner is held to index scans: statistics taken while all jobs were in one state
/// made the server choose plans that took 20 seconds a batch. Its few transactions hold limits for the whole fleet: the server
/// ends one whose process has come to a stand.
pub struct FleetConnection(AsyncPgConnection);

impl FleetConnection {
    pub(crate) async fn open(connector: &Connector) -> DbResult<Self> {
        Self::prepared(connector, "").await
    }

    /// As [`Self::open`], but commits do not wait for the disk.
    pub(crate) async fn open_for_claims(connector: &Connector) -> DbResult<Self> {
        Self::prepared(connector, "SET synchronous_commit = off").await
    }

    async fn prepared(connector: &Connector, more: &str) -> DbResult<Self> {
        let failed = |error: ConnectionError| DbError::Pool(error.to_string());
        let mut connection = connector.connect().await.map_err(failed)?;
        let scope = "SET suite.scope = 'fleet'; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; \
             SET enable_hashjoin = off; SET enable_mergejoin = off; SET statement_timeout = '5s'; \
             SET idle_in_transaction_session_timeout = '5s'";
        connector
            .prepare(&mut connection, &format!("{scope}; {more}"))
            .await
            .map_err(failed)?;
        Ok(Self(connection))
    }

    /// Begins a transaction. When anything fails before [`Self::commit`], the connection must be closed.
    pub(crate) async fn begin(&mut self) -> DbResult<()> {
        <AnsiTransactionManager as TransactionManager<AsyncPgConnection>>::begin_transaction(
            &mut self.0,
        )
        .await?;
        Ok(())
    }

    /// Makes what was written since [`Self::begin`] permanent.
    pub(crate) async fn commit(&mut self) -> DbResult<()> {
        <AnsiTransactionManager as TransactionManager<AsyncPgConnection>>::commit_transaction(
            &mut self.0,
        )
        .await?;
        Ok(())
    }
}

impl std::ops::Deref for FleetConnection {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl std::ops::DerefMut for FleetConnection {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

pub(crate) fn replica_url(config: &DatabaseConfig) -> Option<&str> {
    match config.replica_url.expose_secret() {
        "" => None,
        url => Some(url),
    }
}
