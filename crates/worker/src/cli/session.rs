use anyhow::Context;
use suite_core::{
    clock::Clock,
    config::{ConfigFaults, Settings},
};
use suite_db::Db;

use crate::runtime::Registry;

/// What surrounds a command: the seam for tests.
pub struct Environment {
    /// The settings of this process, or what is wrong with them.
    pub settings: Result<Settings, ConfigFaults>,
    /// What time it is.
    pub clock: Clock,
    /// Who runs the command, for the audit log.
    pub user: String,
    /// The kinds of job that can be written and run.
    pub kinds: Registry,
}

/// What every command but the doctor works with.
pub struct Session {
    /// The settings of this process.
    pub settings: Settings,
    /// What time it is.
    pub clock: Clock,
    /// Who runs the command, for the audit log.
    pub user: String,
    /// The kinds of job that can be written and run.
    pub kinds: Registry,
    /// Whether a program reads the answer.
    pub json: bool,
}

impl Session {
    /// Begins to work, if the settings allow it.
    ///
    /// # Errors
    /// All faults of the configuration.
    pub fn new(environment: Environment, json: bool) -> anyhow::Result<Self> {
        Ok(Self {
            settings: environment.settings?,
            clock: environment.clock,
            user: environment.user,
            kinds: environment.kinds,
            json,
        })
    }

    /// Prepares the connections to PostgreSQL, whether it is there or not.
    pub(super) async fn db_unchecked(&self) -> anyhow::Result<Db> {
        prepare_db(&self.settings).await
    }

    /// Connects to PostgreSQL.
    ///
    /// # Errors
    /// When it is away.
    pub async fn db(&self) -> anyhow::Result<Db> {
        open_db(&self.settings).await
    }
}

/// Connects to PostgreSQL for one command.
pub(super) async fn open_db(settings: &Settings) -> anyhow::Result<Db> {
    let db = prepare_db(settings).await?;
    // The pool would wait for a server that is not there, and then not say why.
    db.fleet_connection().await.context("PostgreSQL")?;
    Ok(db)
}

/// A command waits longer for an answer than a web request may.
async fn prepare_db(settings: &Settings) -> anyhow::Result<Db> {
    let mut config = settings.database.clone();
    config.pool_size = config.pool_size.min(4);
    config.acquire_timeout_ms = config.acquire_timeout_ms.max(config.connect_timeout_ms);
    Db::new(&config, "suitectl").await.context("PostgreSQL")
}
