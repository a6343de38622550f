use std::{
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use suite_tests::{Memory, memory_kib};
use tokio::process::{Child, Command};

/// A worker that has not said within this long that it serves will not do it any more.
const STARTS_WITHIN: Duration = Duration::from_secs(20);
/// Allocations of the start are over by then.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);

/// The program that ships, in a process of its own.
pub(crate) struct WorkerProcess {
    child: Child,
}

impl WorkerProcess {
    pub(crate) fn start(database_url: &str, redis_prefix: &str) -> Result<Self> {
        let program = beside_this_program("suite-worker")?;
        let child = Command::new(&program)
            .env("DATABASE_URL", database_url)
            .env_remove("DATABASE_REPLICA_URL")
            .env("SUITE__REDIS__PREFIX", redis_prefix)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::from(std::io::stderr()))
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started; build it first", program.display()))?;
        Ok(Self { child })
    }

    pub(crate) async fn wait_until_it_serves(&self, plain: &tokio_postgres::Client) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < STARTS_WITHIN {
            let row = plain
                .query_one(
                    "SELECT count(*) FROM workers WHERE lease_until > now()",
                    &[],
                )
                .await?;
            if row.get::<_, i64>(0) > 0 {
                tokio::time::sleep(SETTLES_WITHIN).await;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the worker process does not serve: see its messages above")
    }

    /// Returns the memory it holds now.
    pub(crate) fn resident_kib(&self) -> Result<u64> {
        self.memory(Memory::Resident)
    }

    /// Returns the most memory it ever held.
    pub(crate) fn peak_kib(&self) -> Result<u64> {
        self.memory(Memory::Peak)
    }

    fn memory(&self, which: Memory) -> Result<u64> {
        let id = self.child.id().context("the worker process has ended")?;
        Ok(memory_kib(id, which)?)
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        if let Some(id) = self.child.id() {
            // The standard library sends no other signal than SIGKILL.
            Command::new("kill").arg(id.to_string()).status().await?;
        }
        let ended = tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await;
        if !matches!(ended, Ok(Ok(status)) if status.success()) {
            bail!("the worker process did not end well: {ended:?}");
        }
        Ok(())
    }
}

fn beside_this_program(name: &str) -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    Ok(this.with_file_name(name))
}
