use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
    pooled_connection::bb8::PooledConnection,
};
use suite_core::id::AccountId;

use crate::DbResult;

/// A server that hangs must not keep the pool's connections with it. A long statement that nobody waits for any more ends with its
/// connection.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(2);

type Connection = PooledConnection<'static, AsyncPgConnection>;

/// An open transaction. Dropped without [`AccountTx::commit`] it is rolled back, and the connection goes back to the pool.
struct OpenTx(Option<Connection>);

impl OpenTx {
    /// `scope` is SQL made from constants and UUIDs only.
    async fn begin(mut connection: Connection, scope: &str) -> DbResult<Self> {
        // One round trip for both.
        let begin = format!("BEGIN; {scope}");
        AnsiTransactionManager::begin_transaction_sql(&mut *connection, &begin).await?;
        Ok(Self(Some(connection)))
    }

    async fn commit(mut self) -> DbResult<()> {
        if let Some(mut connection) = self.0.take() {
            <AnsiTransactionManager as TransactionManager<AsyncPgConnection>>::commit_transaction(
                &mut *connection,
            )
            .await?;
        }
        Ok(())
    }

    #[allow(
        clippy::expect_used,
        reason = "the connection leaves only in commit and drop, which both end the value"
    )]
    fn connection(&self) -> &Connection {
        self.0
            .as_ref()
            .expect("an open transaction has its connection")
    }

    #[allow(
        clippy::expect_used,
        reason = "the connection leaves only in commit and drop, which both end the value"
    )]
    fn connection_mut(&mut self) -> &mut Connection {
        self.0
            .as_mut()
            .expect("an open transaction has its connection")
    }
}

impl Drop for OpenTx {
    fn drop(&mut self) {
        let Some(mut connection) = self.0.take() else {
            return;
        };
        // Without a runtime (the process ends) the connection is closed, which rolls back as well.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let rolling_back = <AnsiTransactionManager as TransactionManager<
                    AsyncPgConnection,
                >>::rollback_transaction(&mut *connection);
                // The pool sees that a connection is broken whose rollback failed or was given up, and closes it.
                match tokio::time::timeout(ROLLBACK_TIMEOUT, rolling_back).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        tracing::debug!(%error, "a transaction could not be rolled back")
                    }
                    Err(_) => tracing::debug!("a transaction was not rolled back in time"),
                }
            });
        }
    }
}

/// A transaction that serves one account: every query reads the account from here.
pub struct AccountTx {
    open: OpenTx,
    account_id: AccountId,
}

impl AccountTx {
    pub(crate) async fn begin(connection: Connection, account_id: AccountId) -> DbResult<Self> {
        let scope = format!("SET LOCAL suite.account_id = '{account_id}'");
        Ok(Self {
            open: OpenTx::begin(connection, &scope).await?,
            account_id,
        })
    }

    /// Begins one that only reads, and reads the state of one moment.
    ///
    /// Its planner may not nest loops: right after an import there are no statistics yet, and joins of thousands of rows
    /// were then planned as if there were one (2.9 s in place of 0.1 s). Nor may one report take several processors.
    pub(crate) async fn begin_snapshot(
        connection: Connection,
        account_id: AccountId,
    ) -> DbResult<Self> {
        let scope = format!(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \
             SET LOCAL statement_timeout = '10min'; SET LOCAL enable_nestloop = off; \
             SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL suite.account_id = '{account_id}'"
        );
        Ok(Self {
            open: OpenTx::begin(connection, &scope).await?,
            account_id,
        })
    }

    /// Returns whose transaction this is.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// Makes everything written permanent.
    ///
    /// # Errors
    /// When the server is away; then nothing of it may count as written.
    pub async fn commit(self) -> DbResult<()> {
        self.open.commit().await
    }
}

/// A transaction for the operator's own work, which sees all accounts.
pub struct FleetTx {
    open: OpenTx,
}

impl FleetTx {
    /// Goes on in the same transaction for one account, such as one that it has just made.
    ///
    /// # Errors
    /// When the server is away.
    pub async fn for_account(mut self, account_id: AccountId) -> DbResult<AccountTx> {
        let scope =
            format!("SET LOCAL suite.scope = ''; SET LOCAL suite.account_id = '{account_id}'");
        self.open.connection_mut().batch_execute(&scope).await?;
        Ok(AccountTx {
            open: self.open,
            account_id,
        })
    }

    pub(crate) async fn begin(connection: Connection) -> DbResult<Self> {
        Ok(Self {
            open: OpenTx::begin(connection, "SET LOCAL suite.scope = 'fleet'").await?,
        })
    }

    /// Makes everything written permanent.
    ///
    /// # Errors
    /// When the server is away; then nothing of it may count as written.
    pub async fn commit(self) -> DbResult<()> {
        self.open.commit().await
    }
}

macro_rules! deref_to_connection {
    ($name:ident) => {
        impl Deref for $name {
            type Target = AsyncPgConnection;

            fn deref(&self) -> &Self::Target {
                self.open.connection()
            }
        }

        impl DerefMut for $name {
            fn deref_mut(&mut self) -> &mut Self::Target {
                self.open.connection_mut()
            }
        }
    };
}

deref_to_connection!(AccountTx);
deref_to_connection!(FleetTx);
