//! Runs the compiled-in migrations, as the login role that owns the tables, beside traffic that must not be held up.
//!
//! A migration that waits for a lock stands at the head of a queue: whoever comes after it waits for it. So none waits longer
//! than half a second; it gives up, lets the queue go on, and tries again. Indexes of tables that hold something are made
//! `CONCURRENTLY`, each by a migration of its own that runs outside a transaction (`metadata.toml`); such a one may wait, as it
//! holds up nobody. Cut short, it leaves an index that is kept up to date and answers nothing: it is dropped before the next try.

#[cfg(test)]
mod lint;

use std::time::{Duration, Instant};

use diesel::{
    QueryableByName,
    migration::{Migration, MigrationSource},
    pg::Pg,
    sql_query,
    sql_types::{Bool, Text},
};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::ExposeSecret;
use suite_core::{Error, Result, config::DatabaseConfig};

use crate::connect::Connector;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");
/// What traffic may be held up by one try.
const LOCK_TIMEOUT: &str = "500ms";
/// Making an index waits for transactions that are older than itself, and holds up nobody meanwhile.
const CONCURRENT_LOCK_TIMEOUT: &str = "30min";
/// Between two tries, so that what stood in the queue gets through.
const PAUSE: Duration = Duration::from_millis(700);
/// Between two looks whether another run is over.
const OTHER_RUN_PAUSE: Duration = Duration::from_millis(100);
/// A lock that is not to be had for so long belongs to somebody who must be found.
const PATIENCE: Duration = Duration::from_secs(120);

/// How one try ended.
enum Tried {
    /// Nothing is left to run.
    Done,
    /// Somebody held a lock.
    Busy(Error),
}

/// Brings the database to the newest version and returns the versions it ran.
///
/// Two callers at once are safe: the second waits on an advisory lock and finds nothing to do.
///
/// # Errors
/// When the server is away, a migration fails, or a lock was not to be had for two minutes; what ran before stays, and the same
/// call goes on from there.
pub async fn up(config: &DatabaseConfig) -> Result<Vec<String>> {
    let (begun, mut ran) = (Instant::now(), Vec::new());
    loop {
        let connection = open(config).await?;
        match run_pending(connection, &mut ran).await? {
            Tried::Done => return Ok(ran),
            Tried::Busy(error) if begun.elapsed() >= PATIENCE => return Err(error),
            Tried::Busy(error) => {
                tracing::warn!(
                    error = error.chain(),
                    "a lock was not to be had; trying again"
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Runs one migration after the other, until none is left or one meets a lock.
async fn run_pending(mut connection: AsyncPgConnection, ran: &mut Vec<String>) -> Result<Tried> {
    loop {
        let (back, next) = in_harness(connection, |harness| {
            let pending = harness.pending_migrations(MIGRATIONS)?;
            Ok(pending
                .first()
                .map(|next| next.metadata().run_in_transaction()))
        })
        .await?;
        connection = back;
        let in_transaction = match next {
            Ok(None) => return Ok(Tried::Done),
            Ok(Some(in_transaction)) => in_transaction,
            Err(error) => return busy(error),
        };
        if let Err(error) = prepare(&mut connection, in_transaction).await {
            return busy(error.into());
        }
        let (back, done) = in_harness(connection, |harness| {
            let pending = harness.pending_migrations(MIGRATIONS)?;
            let next = pending.first();
            next.map(|next| harness.run_migration(next.as_ref()))
                .transpose()
                .map(|version| version.map(|version| version.to_string()))
        })
        .await?;
        connection = back;
        match done {
            Ok(version) => ran.extend(version),
            Err(error) => return busy(error),
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Says how long the next migration may wait for a lock, and clears away what an earlier try of it has left.
async fn prepare(
    connection: &mut AsyncPgConnection,
    in_transaction: bool,
) -> diesel::QueryResult<()> {
    if in_transaction {
        return connection
            .batch_execute(&format!("SET lock_timeout = '{LOCK_TIMEOUT}'"))
            .await;
    }
    connection
        .batch_execute(&format!("SET lock_timeout = '{CONCURRENT_LOCK_TIMEOUT}'"))
        .await?;
    drop_half_made_indexes(connection).await
}

#[derive(QueryableByName)]
struct IndexName {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Drops indexes whose making was cut short. The lock of the migrations keeps others from making one at this moment.
async fn drop_half_made_indexes(connection: &mut AsyncPgConnection) -> diesel::QueryResult<()> {
    // In the whole file it would hide the `first` of lists.
    use diesel_async::RunQueryDsl;
    let half_made: Vec<IndexName> = sql_query(
        "SELECT format('%I.%I', n.nspname, c.relname) AS name
           FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE NOT i.indisvalid AND n.nspname = current_schema()",
    )
    .load(connection)
    .await?;
    for index in half_made {
        tracing::warn!(
            index = index.name,
            "dropping an index whose making was cut short"
        );
        let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", index.name);
        connection.batch_execute(&drop).await?;
    }
    Ok(())
}

/// Tells a lock that somebody else holds from a migration that is wrong. The harness hands on no kind of error, only its text.
fn busy(error: Failure) -> Result<Tried> {
    if error.to_string().contains(crate::error::LOCK_TIMEOUT) {
        Ok(Tried::Busy(Error::unavailable(error)))
    } else {
        Err(Error::internal(error))
    }
}

/// Takes all migrations back, the newest first, and returns their versions: for the gate that proves the way down.
///
/// # Errors
/// When the server is away or a migration fails.
pub async fn down(config: &DatabaseConfig) -> Result<Vec<String>> {
    let (_, reverted) = in_harness(open(config).await?, |harness| {
        let reverted = harness.revert_all_migrations(MIGRATIONS)?;
        Ok(reverted.iter().map(ToString::to_string).collect())
    })
    .await?;
    reverted.map_err(Error::internal)
}

/// Returns the versions that this program brings and the database has not run.
///
/// # Errors
/// When the server is away.
pub async fn pending(config: &DatabaseConfig) -> Result<Vec<String>> {
    let (_, pending) = in_harness(open(config).await?, |harness| {
        let pending = harness.pending_migrations(MIGRATIONS)?;
        let names = pending.iter().map(|migration| migration.name().to_string());
        Ok(names.collect())
    })
    .await?;
    pending.map_err(Error::internal)
}

/// Returns the versions that this program brings.
///
/// # Errors
/// Never in practice: the migrations are compiled in.
pub fn expected() -> Result<Vec<String>> {
    let migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(Error::internal)?;
    Ok(migrations
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect())
}

type Harness = AsyncMigrationHarness<AsyncPgConnection>;

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

/// Opens the connection of one run, and waits until no other run is about.
///
/// A deploy may start several release phases: one works, the others see it done. They ask again and again and do not wait in
/// the server, as an index that is made concurrently waits for every statement that began before it.
async fn open(config: &DatabaseConfig) -> Result<AsyncPgConnection> {
    use diesel_async::RunQueryDsl;
    let connector = Connector::new(config, config.url.expose_secret(), "suite-migrate");
    let mut connection = connector
        .connect_as_owner()
        .await
        .map_err(Error::unavailable)?;
    loop {
        let asked: Locked = sql_query("SELECT pg_try_advisory_lock(7162001) AS locked")
            .get_result(&mut connection)
            .await
            .map_err(Error::unavailable)?;
        if asked.locked {
            break;
        }
        tokio::time::sleep(OTHER_RUN_PAUSE).await;
    }
    connection
        .batch_execute("SET lock_timeout = '5s'; SET client_min_messages = warning")
        .await
        .map_err(Error::unavailable)?;
    Ok(connection)
}

/// Works with the harness, which blocks its thread, and gives the connection back.
async fn in_harness<T: Send + 'static>(
    connection: AsyncPgConnection,
    work: impl FnOnce(&mut Harness) -> Result<T, Failure> + Send + 'static,
) -> Result<(AsyncPgConnection, Result<T, Failure>)> {
    let working = move || {
        let mut harness = AsyncMigrationHarness::new(connection);
        let done = work(&mut harness);
        (harness.into_inner(), done)
    };
    tokio::task::spawn_blocking(working)
        .await
        .map_err(Error::internal)
}
