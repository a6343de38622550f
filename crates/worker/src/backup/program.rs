//! PostgreSQL's own programs, called so that nobody on the machine sees the password.

use std::{
    path::Path,
    process::{ExitStatus, Stdio},
};

use suite_core::{Error, Result};
use suite_db::backups::libpq_environment;
use tokio::{
    io::AsyncReadExt,
    process::{Child, ChildStderr, Command},
    task::JoinHandle,
};

/// What is kept of a program's complaints.
const COMPLAINT_BYTES: usize = 2_000;

/// A running program of PostgreSQL. Dropped, it is killed.
pub(super) struct Program {
    name: &'static str,
    pub(super) child: Child,
    complaints: JoinHandle<String>,
}

impl Program {
    /// Starts `name` from the directory `home`, or from wherever PATH finds it.
    pub(super) fn start(
        (home, name): (&str, &'static str),
        url: &str,
        arguments: &[&str],
        (stdin, stdout): (Stdio, Stdio),
    ) -> Result<Self> {
        let program = Path::new(home).join(name);
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .envs(libpq_environment(url)?)
            .env("LC_ALL", "C")
            // Our secrets are none of its business.
            .env_remove("DATABASE_URL")
            .env_remove("ENCRYPTION_KEY")
            .env_remove("SECRET_KEY")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .stdin(stdin)
            .stdout(stdout)
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| {
            let text = format!("{} cannot be started: {error}", program.display());
            Error::internal(text)
        })?;
        let complaints = tokio::spawn(read_complaints(child.stderr.take()));
        Ok(Self {
            name,
            child,
            complaints,
        })
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Its complaints, when it has failed.
    pub(super) async fn finish(mut self) -> Result<()> {
        let status: ExitStatus = self.child.wait().await.map_err(Error::internal)?;
        let complaints = self.complaints.await.unwrap_or_default();
        if status.success() {
            Ok(())
        } else {
            let name = self.name;
            Err(Error::internal(format!(
                "{name} ended with {status}: {complaints}"
            )))
        }
    }
}

async fn read_complaints(stderr: Option<ChildStderr>) -> String {
    let (mut kept, mut buffer) = (Vec::new(), [0; 1024]);
    let Some(mut stderr) = stderr else {
        return String::new();
    };
    // To the end, or the program would stand still at a full pipe.
    while let Ok(length @ 1..) = stderr.read(&mut buffer).await {
        let room = COMPLAINT_BYTES.saturating_sub(kept.len());
        kept.extend_from_slice(&buffer[..length.min(room)]);
    }
    String::from_utf8_lossy(&kept).trim().replace('\n', "; ")
}
