use std::{path::PathBuf, process::Stdio};

use redis::InfoDict;
use tokio::process::Command;

use crate::{Servers, process::signal};

/// A PostgreSQL and a Redis that one test has to itself and may break. They end with this value, and their data too.
pub struct OwnServers {
    slot: String,
    shares_postgres: bool,
    addresses: Servers,
    standby: Option<String>,
}

impl OwnServers {
    /// Starts both; `label` tells apart what runs at the same time.
    ///
    /// # Panics
    /// When they do not start.
    pub async fn start(label: &str) -> Self {
        Self::make(label, false).await
    }

    /// Starts a Redis beside the PostgreSQL of `DATABASE_URL`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn redis(label: &str) -> Self {
        Self::make(label, true).await
    }

    /// Starts both, and a standby of PostgreSQL that shows each commit two seconds late.
    ///
    /// # Panics
    /// When they do not start.
    pub async fn with_standby(label: &str) -> Self {
        let slot = format!("own-{}-{label}", Servers::run_in_environment());
        let text = run(&slot, &["--standby"], false).await;
        Self {
            addresses: servers(&text),
            standby: Some(exported(&text, "SUITE_STANDBY_URL")),
            slot,
            shares_postgres: false,
        }
    }

    /// Returns the standby's address of a database.
    ///
    /// # Panics
    /// When there is no standby.
    #[must_use]
    pub fn standby(&self, database: &str) -> String {
        let standby = self.standby.as_deref().expect("a standby");
        let mut url: reqwest::Url = standby.parse().expect("a URL");
        url.set_path(database);
        url.to_string()
    }

    async fn make(label: &str, shares_postgres: bool) -> Self {
        // What a killed run left is taken over by the next one of its name.
        let run = Servers::run_in_environment();
        let slot = format!("own-{run}-{label}");
        let addresses = start(&slot, shares_postgres).await;
        Self {
            slot,
            shares_postgres,
            addresses,
            standby: None,
        }
    }

    /// Returns where they are.
    #[must_use]
    pub fn addresses(&self) -> &Servers {
        &self.addresses
    }

    /// Opens a connection to Redis.
    ///
    /// # Errors
    /// When it is away.
    pub async fn redis_connection(&self) -> redis::RedisResult<redis::aio::MultiplexedConnection> {
        redis::Client::open(self.addresses.redis_url.as_str())?
            .get_multiplexed_async_connection()
            .await
    }

    /// Sends Redis one command.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn tell_redis(&self, command: &str) {
        let mut connection = self.redis_connection().await.expect("Redis must answer");
        let mut words = command.split(' ');
        let mut call = redis::cmd(words.next().unwrap_or_default());
        words.for_each(|word| {
            call.arg(word);
        });
        let told: redis::RedisResult<redis::Value> = call.query_async(&mut connection).await;
        told.unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    /// Kills Redis with SIGKILL; with it goes everything that it holds.
    ///
    /// # Panics
    /// When it is away already.
    pub async fn kill_redis(&self) {
        let mut connection = self.redis_connection().await.expect("Redis must answer");
        let info: InfoDict = redis::cmd("INFO")
            .arg("server")
            .query_async(&mut connection)
            .await
            .expect("Redis tells about itself");
        let pid: u32 = info.get("process_id").expect("a process id");
        signal(pid, "KILL").await;
        until_gone(pid).await;
    }

    /// Ends PostgreSQL as `pg_ctl stop -m immediate` does: no session is warned, and it starts with recovery.
    ///
    /// # Panics
    /// When it is away already, or is the one of `DATABASE_URL`.
    pub async fn crash_postgres(&self) {
        assert!(!self.shares_postgres, "this PostgreSQL serves other tests");
        // The session must last until its parent is known.
        let session = crate::database::owner_of(&self.addresses.database_url).await;
        let row = session.query_one("SELECT pg_backend_pid()", &[]).await;
        let pid: i32 = row.expect("PostgreSQL must answer").get(0);
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        // The second field may hold blanks, and ends with the last parenthesis; the fourth is the parent.
        let stat = stat.expect("a session is a process of this machine");
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let pid = fields
            .split_whitespace()
            .nth(1)
            .and_then(|pid| pid.parse().ok());
        let pid = pid.expect("a session has a parent");
        signal(pid, "QUIT").await;
        until_gone(pid).await;
    }

    /// Starts again what is down, at its old address.
    ///
    /// # Panics
    /// When it does not start there.
    pub async fn revive(&self) {
        let addresses = start(&self.slot, self.shares_postgres).await;
        assert!(
            addresses.redis_url == self.addresses.redis_url
                && addresses.database_url == self.addresses.database_url,
            "another program has taken the port of a server that was down"
        );
    }
}

impl Drop for OwnServers {
    fn drop(&mut self) {
        let mut command = services(&["stop", "--slot", &self.slot, "--delete"], false);
        let _ = command.as_std_mut().status();
    }
}

fn services(arguments: &[&str], shares_postgres: bool) -> Command {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../bin/services");
    let mut command = Command::new(script);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("REDIS_URL");
    command.stderr(Stdio::null());
    if !shares_postgres {
        command.env_remove("DATABASE_URL");
    }
    command
}

async fn start(slot: &str, shares_postgres: bool) -> Servers {
    servers(&run(slot, &[], shares_postgres).await)
}

/// Runs `bin/services start` and returns what it prints.
async fn run(slot: &str, more: &[&str], shares_postgres: bool) -> String {
    let arguments = [&["start", "--slot", slot], more].concat();
    let mut command = services(&arguments, shares_postgres);
    let output = command.output().await.expect("bin/services can be run");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn servers(text: &str) -> Servers {
    Servers {
        database_url: exported(text, "DATABASE_URL"),
        redis_url: exported(text, "REDIS_URL"),
    }
}

fn exported(text: &str, name: &str) -> String {
    let prefix = format!("export {name}=");
    let found = text.lines().find_map(|line| line.strip_prefix(&prefix));
    found
        .unwrap_or_else(|| panic!("bin/services start failed: {text}"))
        .to_owned()
}

async fn until_gone(pid: u32) {
    crate::until("the killed server is gone", || async move {
        // A child that nobody waits for stays in the table until init looks.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let state = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .trim_start()
            .chars()
            .next();
        matches!(state, None | Some('Z' | 'X'))
    })
    .await;
}
