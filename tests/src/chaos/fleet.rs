use std::{
    collections::BTreeMap,
    fs::File,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::{Duration, SystemTime},
};

use tokio::{
    process::Child,
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use crate::process::{command, signal};

/// Worker processes that run at a time.
pub(super) const WORKERS: usize = 3;
/// Hosting platforms kill what has not ended by then.
const ENDS_WITHIN: Duration = Duration::from_secs(30);

/// The end of a worker that was killed.
pub(super) struct Kill {
    pub(super) pid: u32,
    pub(super) at: SystemTime,
    /// The jobs that it was running.
    pub(super) running: Vec<String>,
}

/// The processes of a run, and the manager that starts them again.
pub(super) struct Fleet {
    variables: BTreeMap<String, String>,
    logs: PathBuf,
    started: usize,
    workers: Vec<Process>,
    api: Process,
    endings: Vec<JoinHandle<()>>,
    faults: mpsc::UnboundedSender<String>,
    heard: mpsc::UnboundedReceiver<String>,
}

struct Process {
    child: Child,
    name: String,
    frozen_until: Option<Instant>,
}

impl Process {
    fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }
}

impl Fleet {
    /// Starts the processes; they write their logs to `logs`.
    pub(super) fn start(variables: BTreeMap<String, String>, logs: PathBuf) -> Self {
        std::fs::create_dir_all(&logs).expect("logs can be written");
        let (faults, heard) = mpsc::unbounded_channel();
        let api = launch(&variables, &logs, "suite-api", 0);
        let mut fleet = Self {
            variables,
            logs,
            started: 0,
            workers: Vec::new(),
            api,
            endings: Vec::new(),
            faults,
            heard,
        };
        for _ in 0..WORKERS {
            let worker = fleet.launch("suite-test-worker");
            fleet.workers.push(worker);
        }
        fleet
    }

    fn launch(&mut self, program: &str) -> Process {
        self.started += 1;
        launch(&self.variables, &self.logs, program, self.started)
    }

    /// Looks for processes that ended without having been asked, and starts others in their place.
    pub(super) fn tend(&mut self) {
        for index in 0..WORKERS {
            if let Ok(Some(status)) = self.workers[index].child.try_wait() {
                self.blame(index, status);
                self.workers[index] = self.launch("suite-test-worker");
            }
        }
        if let Ok(Some(status)) = self.api.child.try_wait() {
            let told = format!("{} ended unasked: {status}", self.api.name);
            let _ = self.faults.send(told);
            self.api = self.launch("suite-api");
        }
    }

    fn blame(&self, index: usize, status: ExitStatus) {
        let told = format!("{} ended unasked: {status}", self.workers[index].name);
        let _ = self.faults.send(told);
    }

    /// Kills a worker and starts another; tells what it was doing.
    pub(super) async fn kill_worker(&mut self, target: usize, database: &str) -> Kill {
        self.tend();
        let index = target % WORKERS;
        let pid = self.workers[index].pid();
        let running = format!(
            "SELECT j.id FROM jobs j JOIN workers w ON w.id = j.worker_id WHERE j.state = 'running' AND w.pid = {pid}"
        );
        let running = crate::database::sql_at(database, &running).await;
        let at = SystemTime::now();
        let _ = self.workers[index].child.kill().await;
        self.workers[index] = self.launch("suite-test-worker");
        Kill {
            pid,
            at,
            running: running.into_iter().flatten().collect(),
        }
    }

    /// Tells a worker to end, and starts another at once.
    pub(super) fn terminate_worker(&mut self, target: usize) {
        self.tend();
        let index = self.sound(target);
        let new = self.launch("suite-test-worker");
        let old = std::mem::replace(&mut self.workers[index], new);
        self.end(old);
    }

    /// Stops a worker for a while.
    pub(super) async fn freeze_worker(&mut self, target: usize, time: Duration) {
        self.tend();
        let index = self.sound(target);
        self.workers[index].frozen_until = Some(Instant::now() + time);
        let pid = self.workers[index].pid();
        signal(pid, "STOP").await;
        self.endings.push(tokio::spawn(async move {
            sleep(time).await;
            signal(pid, "CONT").await;
        }));
    }

    /// Kills the API and starts another.
    pub(super) async fn kill_api(&mut self) {
        self.tend();
        let _ = self.api.child.kill().await;
        self.api = self.launch("suite-api");
    }

    /// Tells the API to end, and starts another when it has.
    pub(super) async fn terminate_api(&mut self) {
        self.tend();
        signal(self.api.pid(), "TERM").await;
        // The next one needs its port.
        let ended = timeout(ENDS_WITHIN, self.api.child.wait()).await;
        judge(&self.api.name, ended, &self.faults);
        self.api = self.launch("suite-api");
    }

    /// Returns the first worker from `target` on that is not stopped.
    fn sound(&self, target: usize) -> usize {
        let now = Instant::now();
        let moves = |index: &usize| {
            self.workers[*index]
                .frozen_until
                .is_none_or(|until| until < now)
        };
        let turns = (0..WORKERS).map(|turn| (target + turn) % WORKERS);
        turns.clone().find(moves).unwrap_or(target % WORKERS)
    }

    fn end(&mut self, mut old: Process) {
        let faults = self.faults.clone();
        self.endings.push(tokio::spawn(async move {
            signal(old.pid(), "TERM").await;
            let ended = timeout(ENDS_WITHIN, old.child.wait()).await;
            judge(&old.name, ended, &faults);
        }));
    }

    /// Waits until nothing is stopped or ending any more.
    pub(super) async fn settle(&mut self) {
        for ending in self.endings.drain(..) {
            let _ = ending.await;
        }
        self.tend();
    }

    /// Ends all processes in order and returns what they did wrong.
    pub(super) async fn finish(mut self) -> Vec<String> {
        self.settle().await;
        for worker in std::mem::take(&mut self.workers) {
            self.end(worker);
        }
        signal(self.api.pid(), "TERM").await;
        let ended = timeout(ENDS_WITHIN, self.api.child.wait()).await;
        judge(&self.api.name, ended, &self.faults);
        for ending in self.endings.drain(..) {
            let _ = ending.await;
        }
        let mut told = Vec::new();
        while let Ok(fault) = self.heard.try_recv() {
            told.push(fault);
        }
        told
    }
}

fn launch(
    variables: &BTreeMap<String, String>,
    logs: &std::path::Path,
    program: &str,
    number: usize,
) -> Process {
    let name = format!("{program}-{number}");
    let log = File::create(logs.join(&name)).expect("a log can be written");
    let errors = log.try_clone().expect("a log can be shared");
    let child = command(program, variables)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn();
    Process {
        child: child.unwrap_or_else(|error| panic!("{program} does not start: {error}")),
        name,
        frozen_until: None,
    }
}

/// A process that was told to end ends well and in time.
fn judge(
    name: &str,
    ended: Result<std::io::Result<ExitStatus>, tokio::time::error::Elapsed>,
    faults: &mpsc::UnboundedSender<String>,
) {
    let told = match ended {
        Ok(Ok(status)) if status.success() => return,
        Ok(Ok(status)) => format!("{name} was told to end and ended with {status}"),
        Ok(Err(error)) => format!("{name} was told to end: {error}"),
        Err(_) => format!("{name} was told to end and has not after {ENDS_WITHIN:?}"),
    };
    let _ = faults.send(told);
}
