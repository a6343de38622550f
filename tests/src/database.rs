use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    time::Duration,
};

use suite_core::config::{DatabaseConfig, Purpose, Settings};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage, error::SqlState};
use uuid::Uuid;

use crate::{Servers, aside::run_aside_for};

/// Databases of tests begin with this; what is left of tests that were killed is swept.
const PREFIX: &str = "suite_test_";
const TEMPLATE_PREFIX: &str = "suite_template_";
/// Held while the template is made, so that tests which start together make one.
const TEMPLATE_LOCK: i64 = 7_162_002;

/// A database of one test: a copy of the migrated template, dropped with this value.
pub struct TestDb {
    servers: Servers,
    name: String,
    /// Its session bears the database's name: as long as it lives, the database belongs to somebody.
    _holder: Client,
}

impl TestDb {
    /// Makes one with all migrations run.
    pub async fn new() -> Self {
        Self::on(Servers::from_environment()).await
    }

    /// Makes one with all migrations run, on servers that the test has chosen.
    pub async fn on(servers: Servers) -> Self {
        Self::make(servers, true).await
    }

    /// Makes one with nothing in it.
    pub async fn empty() -> Self {
        Self::empty_on(Servers::from_environment()).await
    }

    /// Makes one with nothing in it, on servers that the test has chosen.
    pub(crate) async fn empty_on(servers: Servers) -> Self {
        Self::make(servers, false).await
    }

    async fn make(servers: Servers, is_migrated: bool) -> Self {
        let name = format!("{PREFIX}{}", Uuid::now_v7().simple());
        let holder = connect(&servers.database_url, &name).await;
        sweep(&holder).await;
        if is_migrated {
            clone_template(&servers, &holder, &name).await;
        } else {
            let create = format!("CREATE DATABASE {name} TEMPLATE template0");
            holder.batch_execute(&create).await.unwrap();
        }
        Self {
            servers,
            name,
            _holder: holder,
        }
    }

    /// Returns its address, for the role that owns it; programs step down from that role by themselves.
    #[must_use]
    pub fn url(&self) -> String {
        self.servers.database(&self.name)
    }

    /// Returns the settings with which programs connect to it.
    #[must_use]
    pub fn config(&self) -> DatabaseConfig {
        config(self.url())
    }

    /// Opens a connection of the owning role, in the scope of the whole fleet: for looking at everything.
    pub async fn owner(&self) -> Client {
        owner_of(&self.url()).await
    }

    /// Runs SQL over all accounts and returns the rows as text, NULL as an empty one.
    pub async fn sql(&self, text: &str) -> Vec<Vec<String>> {
        sql_at(&self.url(), text).await
    }

    /// Runs SQL over all accounts and returns the one value it gives, as text.
    pub async fn value(&self, text: &str) -> String {
        let rows = self.sql(text).await;
        assert!(
            rows.len() == 1 && rows[0].len() == 1,
            "{text} gave not one value but {rows:?}"
        );
        rows[0][0].clone()
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (url, name) = (self.servers.database_url.clone(), self.name.clone());
        // PostgreSQL waits with the drop for every session that is just beginning. One of this test's own, whose runtime
        // stands still while we wait here, would hold up all tests for a minute. What is not dropped in time is dropped when
        // the process ends, or swept by the next test.
        run_aside_for(Duration::from_secs(1), async move {
            let client = connect(&url, "suite-tests").await;
            // A server that is away by now, or a sweep that came first, is no fault of the test.
            let _ = client
                .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await;
        });
    }
}

pub(crate) async fn owner_of(url: &str) -> Client {
    let client = connect(url, "suite-tests").await;
    // Tables that were filled just now have no statistics yet, and without them the planner joins them row by row.
    client
        .batch_execute("SET suite.scope = 'fleet'; SET enable_nestloop = off")
        .await
        .unwrap();
    client
}

/// Runs SQL over all accounts of a database and returns the rows as text, NULL as an empty one.
pub(crate) async fn sql_at(url: &str, text: &str) -> Vec<Vec<String>> {
    let messages = owner_of(url)
        .await
        .simple_query(text)
        .await
        .unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    rows.map(|row| {
        let cell = |index| row.get(index).unwrap_or_default().to_owned();
        (0..row.len()).map(cell).collect()
    })
    .collect()
}

/// Returns the settings of a database, everything else being the default.
fn config(url: String) -> DatabaseConfig {
    let variables = [("DATABASE_URL".to_owned(), url)];
    let settings = Settings::from_variables(variables, Purpose::Command);
    settings.expect("the defaults are valid").database
}

async fn connect(url: &str, name: &str) -> Client {
    let mut config: tokio_postgres::Config = url.parse().expect("DATABASE_URL must be a URL");
    config.application_name(name);
    let (client, connection) = config
        .connect(NoTls)
        .await
        .unwrap_or_else(|error| panic!("PostgreSQL of DATABASE_URL does not answer: {error}"));
    tokio::spawn(connection);
    client
}

/// Drops the databases of tests that died.
async fn sweep(client: &Client) {
    let orphans = client
        .query(
            "SELECT d.datname::text FROM pg_database d
              WHERE d.datname LIKE 'suite\\_test\\_%'
                AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.application_name = d.datname)",
            &[],
        )
        .await
        .unwrap();
    for row in orphans {
        let name: String = row.get(0);
        // Another test may sweep the same one.
        let _ = client
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await;
    }
}

async fn clone_template(servers: &Servers, client: &Client, name: &str) {
    let template = format!("{TEMPLATE_PREFIX}{:016x}", migrations_fingerprint());
    let copy = format!("CREATE DATABASE {name} TEMPLATE {template}");
    for _ in 0..3 {
        let Err(error) = client.batch_execute(&copy).await else {
            return;
        };
        assert_eq!(
            error.code(),
            Some(&SqlState::UNDEFINED_DATABASE),
            "the template cannot be copied: {error:?}"
        );
        make_template(servers, client, &template).await;
    }
    panic!("the template {template} vanishes as often as it is made");
}

async fn make_template(servers: &Servers, client: &Client, template: &str) {
    let lock = format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})");
    client.batch_execute(&lock).await.unwrap();
    let known = client
        .query("SELECT 1 FROM pg_database WHERE datname = $1", &[&template])
        .await
        .unwrap();
    if known.is_empty() {
        drop_other_templates(client).await;
        // It bears its name only when it is whole.
        let raw = format!("{TEMPLATE_PREFIX}raw");
        for statement in [
            format!("DROP DATABASE IF EXISTS {raw} WITH (FORCE)"),
            format!("CREATE DATABASE {raw} TEMPLATE template0"),
        ] {
            client.batch_execute(&statement).await.unwrap();
        }
        suite_db::migrate::up(&config(servers.database(&raw)))
            .await
            .expect("the migrations run on an empty database");
        let rename = format!("ALTER DATABASE {raw} RENAME TO {template}");
        client.batch_execute(&rename).await.unwrap();
    }
    let unlock = format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})");
    client.batch_execute(&unlock).await.unwrap();
}

async fn drop_other_templates(client: &Client) {
    let pattern = format!("{TEMPLATE_PREFIX}%");
    let rows = client
        .query(
            "SELECT datname::text FROM pg_database WHERE datname LIKE $1",
            &[&pattern],
        )
        .await
        .unwrap();
    for row in rows {
        let name: String = row.get(0);
        // A checkout with other migrations may be copying from its own: it makes it anew.
        let _ = client
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name}"))
            .await;
    }
}

/// Tells migrations apart by content: they are edited in place until the first release.
fn migrations_fingerprint() -> u64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut files = Vec::new();
    for folder in std::fs::read_dir(&root).expect("the migrations lie beside the tests") {
        let folder = folder.unwrap().path();
        for file in ["up.sql", "down.sql"] {
            let path = folder.join(file);
            files.push((path.clone(), std::fs::read(&path).unwrap_or_default()));
        }
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for (path, content) in files {
        path.file_name().hash(&mut hasher);
        path.parent().and_then(Path::file_name).hash(&mut hasher);
        content.hash(&mut hasher);
    }
    hasher.finish()
}
