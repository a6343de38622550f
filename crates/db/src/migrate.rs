//! Runs the compiled-in migrations, as the login role that owns the tables.

use diesel::{migration::MigrationSource, pg::Pg};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::ExposeSecret;
use suite_core::{Error, Result, config::DatabaseConfig};

use crate::connect::Connector;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Brings the database to the newest version and returns the versions it ran.
///
/// Two callers at once are safe: the second waits on an advisory lock and finds nothing to do.
///
/// # Errors
/// When the server is away or a migration fails; each migration is a transaction of its own.
pub async fn up(config: &DatabaseConfig) -> Result<Vec<String>> {
    with_harness(config, |harness| {
        let ran = harness
            .run_pending_migrations(MIGRATIONS)
            .map_err(Error::internal)?;
        Ok(ran.iter().map(ToString::to_string).collect())
    })
    .await
}

/// Takes all migrations back, the newest first, and returns their versions: for the gate that proves the way down.
///
/// # Errors
/// When the server is away or a migration fails.
pub async fn down(config: &DatabaseConfig) -> Result<Vec<String>> {
    with_harness(config, |harness| {
        let ran = harness
            .revert_all_migrations(MIGRATIONS)
            .map_err(Error::internal)?;
        Ok(ran.iter().map(ToString::to_string).collect())
    })
    .await
}

/// Returns the versions that this program brings and the database has not run.
///
/// # Errors
/// When the server is away.
pub async fn pending(config: &DatabaseConfig) -> Result<Vec<String>> {
    with_harness(config, |harness| {
        let pending = harness
            .pending_migrations(MIGRATIONS)
            .map_err(Error::internal)?;
        Ok(pending
            .iter()
            .map(|migration| migration.name().to_string())
            .collect())
    })
    .await
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

async fn with_harness<T: Send + 'static>(
    config: &DatabaseConfig,
    work: impl FnOnce(&mut Harness) -> Result<T> + Send + 'static,
) -> Result<T> {
    use diesel_async::SimpleAsyncConnection;
    let connector = Connector::new(config, config.url.expose_secret(), "suite-migrate");
    let mut connection = connector
        .connect_as_owner()
        .await
        .map_err(Error::unavailable)?;
    // A deploy may start several release phases; a lock of the session lets one work and the others see it done.
    // A migration that cannot get its lock soon gives up instead of queueing all traffic behind it.
    connection
        .batch_execute("SELECT pg_advisory_lock(7162001); SET lock_timeout = '5s'; SET client_min_messages = warning")
        .await
        .map_err(Error::unavailable)?;
    // The harness blocks its thread.
    tokio::task::spawn_blocking(move || work(&mut AsyncMigrationHarness::new(connection)))
        .await
        .map_err(Error::internal)?
}
