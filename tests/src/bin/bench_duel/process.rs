use std::process::Stdio;

use anyhow::{Context, Result};
use tokio::process::{Child, Command};

/// A worker in a process group of its own, so that its children end with it.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::from(std::io::stderr()))
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{command:?} cannot be started"))?;
        Ok(Self { child })
    }

    pub(crate) fn id(&self) -> Result<u32> {
        self.child.id().context("the process has ended")
    }

    /// Kills it and its children as the system's out-of-memory killer would.
    pub(crate) async fn kill(self) -> Result<()> {
        self.end("-KILL").await
    }

    /// Ends it in order.
    pub(crate) async fn stop(self) -> Result<()> {
        self.end("-TERM").await
    }

    async fn end(mut self, signal: &str) -> Result<()> {
        if let Some(id) = self.child.id() {
            // The standard library sends no signal to a group.
            let group = format!("-{id}");
            let mut kill = Command::new("kill");
            kill.args([signal, "--", &group]).status().await?;
        }
        self.child.wait().await?;
        Ok(())
    }
}
