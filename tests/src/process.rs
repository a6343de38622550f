use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use suite_core::job::Queue;
use tokio::process::{Child, Command};

use crate::TestApp;

/// Finds a program of the workspace beside the test program.
///
/// # Panics
/// When it was not built: `bin/test` builds it before the tests.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test program has a path");
    let beside = test.ancestors().skip(1).take(2);
    let found = beside
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("{name} is not built: run the tests with bin/test, or after cargo build --workspace --bins")
    })
}

/// Returns an address of this machine on which nobody listens.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port can be had");
    let address = listener.local_addr().expect("it has an address");
    address.to_string()
}

/// A real process of the installation, killed with this value at the latest.
pub struct TestProcess {
    child: Child,
}

impl TestApp {
    /// Starts a real worker process of `queues`.
    #[must_use]
    pub fn spawn_worker(&self, queues: &[Queue]) -> TestProcess {
        let names: Vec<&str> = queues.iter().map(|queue| queue.name()).collect();
        self.spawn("suite-worker", &["--queue", &names.join(",")])
    }

    /// Starts a program of the workspace with the settings of this installation.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn spawn(&self, name: &str, arguments: &[&str]) -> TestProcess {
        let child = command(name, &self.variables).args(arguments).spawn();
        TestProcess {
            child: child.unwrap_or_else(|error| panic!("{name} does not start: {error}")),
        }
    }

    /// Starts a program like [`TestApp::spawn`], with more settings.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn spawn_with(
        &self,
        name: &str,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> TestProcess {
        let mut command = command(name, &self.variables);
        let child = command
            .args(arguments)
            .envs(settings.iter().copied())
            .spawn();
        TestProcess {
            child: child.unwrap_or_else(|error| panic!("{name} does not start: {error}")),
        }
    }

    /// Starts a program like [`TestApp::spawn`], and keeps what it says.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn spawn_heard(&self, name: &str, arguments: &[&str]) -> TestProcess {
        let mut command = command(name, &self.variables);
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn();
        TestProcess {
            child: child.unwrap_or_else(|error| panic!("{name} does not start: {error}")),
        }
    }

    /// Runs a real worker process of `queues` until no job is live, and returns the lines of its log.
    ///
    /// # Panics
    /// When it cannot be started, or does not get there in time.
    pub async fn log_of_worker(&self, queues: &[Queue]) -> Vec<String> {
        let names: Vec<&str> = queues.iter().map(|queue| queue.name()).collect();
        let child = command("suite-worker", &self.variables)
            .args(["--queue", &names.join(",")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("suite-worker starts");
        self.wait_until_quiet().await;
        signal(child.id().expect("it runs"), "TERM").await;
        let output = child.wait_with_output().await.expect("its end can be seen");
        let log = String::from_utf8_lossy(&output.stdout);
        log.lines().map(str::to_owned).collect()
    }

    /// Runs `suitectl` to its end and returns what it wrote.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn suitectl(&self, arguments: &[&str]) -> Output {
        let mut command = command("suitectl", &self.variables);
        command.args(arguments).stdin(Stdio::null());
        command.output().await.expect("suitectl starts")
    }
}

pub(crate) fn command(name: &str, variables: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(program(name));
    command
        .env_clear()
        .envs(variables)
        .env("RUST_LOG", "info")
        .kill_on_drop(true);
    command
}

/// Sends a process a signal by its name, such as `TERM`. One that has ended is no fault.
pub(crate) async fn signal(pid: u32, name: &str) {
    let mut command = Command::new("kill");
    command
        .args([&format!("-{name}"), &pid.to_string()])
        .stderr(Stdio::null());
    command.status().await.expect("kill can be run");
}

impl TestProcess {
    /// Returns the system's number of it.
    ///
    /// # Panics
    /// When it has ended.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Sends it a signal by its name, such as `STOP`.
    ///
    /// # Panics
    /// When it has ended.
    pub async fn signal(&self, name: &str) {
        signal(self.child.id().expect("it runs"), name).await;
    }

    /// Tells whether it has ended.
    ///
    /// # Panics
    /// When that cannot be seen.
    pub fn has_ended(&mut self) -> bool {
        let status = self.child.try_wait();
        status.expect("its end can be seen").is_some()
    }

    /// Waits until one that is heard has ended by itself; returns how, and what it said.
    ///
    /// # Panics
    /// When it goes on.
    pub async fn ended_with_words(self) -> (ExitStatus, String) {
        let output = tokio::time::timeout(crate::PATIENCE, self.child.wait_with_output())
            .await
            .expect("it must end by itself")
            .expect("its end can be seen");
        let said = [output.stdout, output.stderr].concat();
        (output.status, String::from_utf8_lossy(&said).into_owned())
    }

    /// Kills it as the system's out-of-memory killer would.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Sends SIGTERM and waits until it has ended.
    ///
    /// # Panics
    /// When it does not end within half a minute, as hosting platforms demand.
    pub async fn terminate(mut self) -> ExitStatus {
        self.signal("TERM").await;
        tokio::time::timeout(Duration::from_secs(30), self.child.wait())
            .await
            .expect("it must end within 30 seconds after SIGTERM")
            .expect("its end can be seen")
    }
}
