use std::{
    net::TcpListener,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use suite_db::jobs;
use tokio::time::{Instant, sleep};

use super::{
    ChaosWork, Fault, Plan, Report,
    api::Merchant,
    fleet::{Fleet, Kill, WORKERS},
    history::{History, seconds},
    kinds::MAKE_LOG,
    load::Load,
    plan::{ACCOUNTS, Step, Way},
    tokens::Tokens,
};
use crate::{Lines, OwnServers, TestApp, until};

/// After the last fault everything must have ended by then.
const ENDS_WITHIN: Duration = Duration::from_secs(240);
/// A worker is stopped for so long: its lease of three seconds is over, and its jobs run elsewhere.
const FROZEN: Duration = Duration::from_secs(5);

/// Everything that a run is made of.
struct Stage<'a> {
    servers: &'a OwnServers,
    lines: Lines,
    fleet: Fleet,
    load: Load<'a>,
    tokens: Tokens,
    kills: Vec<Kill>,
    timeline: Vec<String>,
    report: Report,
}

/// Carries a plan out and judges what came of it; `label` tells apart runs at the same time.
///
/// # Panics
/// When the servers cannot be started or read at the end.
pub async fn run(plan: &Plan, label: &str) -> Report {
    let begun = Instant::now();
    let servers = OwnServers::start(label).await;
    let port = free_port();
    let settings = [
        ("SUITE__HTTP__PORT", port.to_string()),
        ("SUITE__WORKER__SHUTDOWN_SECONDS", "2".to_owned()),
        ("SUITE__REDIS__COMMAND_TIMEOUT_MS", "500".to_owned()),
        ("SUITE__DATABASE__ACQUIRE_TIMEOUT_MS", "2000".to_owned()),
        ("SUITE__DATABASE__CONNECT_TIMEOUT_MS", "2000".to_owned()),
    ];
    let settings = settings
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    // The harness's own server listens elsewhere.
    let (mut app, lines) = TestApp::on_own(&servers, &settings[1..]).await;
    app.variables
        .insert("SUITE__HTTP__PORT".to_owned(), port.to_string());
    let logs = std::env::temp_dir().join(format!("suite-chaos-{label}-{}", std::process::id()));
    let mut stage = Stage::set(&app, &servers, lines, logs.clone(), port).await;
    stage.report.seed = plan.seed;
    stage.report.fault_count = plan.steps.len();
    for (number, step) in plan.steps.iter().enumerate() {
        stage.perform(number, step).await;
    }
    let mut report = stage.close(&app).await;
    report.took = begun.elapsed();
    if report.broken.is_empty() {
        let _ = std::fs::remove_dir_all(&logs);
    } else {
        report.broken.push(format!(
            "the logs of the processes are in {}",
            logs.display()
        ));
    }
    report
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port can be had");
    listener.local_addr().expect("it has an address").port()
}

impl<'a> Stage<'a> {
    async fn set(
        app: &'a TestApp,
        servers: &'a OwnServers,
        lines: Lines,
        logs: PathBuf,
        port: u16,
    ) -> Self {
        app.database
            .owner()
            .await
            .batch_execute(MAKE_LOG)
            .await
            .unwrap();
        let mut accounts = Vec::new();
        for _ in 0..=ACCOUNTS {
            accounts.push(app.account().await.account_id());
        }
        let merchant = Merchant::new(app.account().await, port).await;
        let fleet = Fleet::start(app.variables.clone(), logs);
        until("the workers are there", || async {
            app.value("SELECT count(*) FROM workers").await == WORKERS.to_string()
        })
        .await;
        let load = Load {
            app,
            accounts,
            merchant,
            sent: Vec::new(),
            accepted: Vec::new(),
        };
        Self {
            servers,
            lines,
            fleet,
            load,
            tokens: Tokens::default(),
            kills: Vec::new(),
            timeline: Vec::new(),
            report: Report::default(),
        }
    }

    async fn perform(&mut self, number: usize, step: &Step) {
        self.timeline.push(format!(
            "{:.3} {:?} for {} ms",
            seconds(SystemTime::now()),
            step.fault,
            step.lasts_ms
        ));
        self.tokens.collect(self.load.app).await;
        let (servers, lines, fleet) = (self.servers, &self.lines, &mut self.fleet);
        let kills = &mut self.kills;
        let database = self.load.app.database.url();
        tokio::join!(
            async {
                if let Some(killed) = inject(servers, lines, &database, fleet, step).await {
                    kills.push(killed);
                }
            },
            self.load.send(&step.batches)
        );
        let times = self.report.faults.entry(step.fault).or_default();
        if step.waits {
            match probe(&mut self.load, number).await {
                Some(time) => times.push(time),
                None => self.report.broken.push(format!(
                    "no new job ran for a minute after {:?}",
                    step.fault
                )),
            }
            self.report
                .broken
                .extend(self.tokens.present(self.load.app).await);
        }
        self.fleet.tend();
    }

    /// Lets everything end, and judges.
    async fn close(mut self, app: &TestApp) -> Report {
        self.fleet.settle().await;
        self.wait_until_quiet(app).await;
        self.report.broken.extend(self.tokens.present(app).await);
        self.report.stale = self.tokens.refused;
        self.report.broken.extend(self.fleet.finish().await);
        let history = History::read(app, &self.load.sent, &self.load.accepted).await;
        history.judge(&mut self.report);
        for kill in &self.kills {
            self.report.recoveries.extend(history.recoveries(kill));
        }
        let workers = app.value("SELECT count(*) FROM workers").await;
        if workers != "0" {
            self.report
                .broken
                .push(format!("{workers} workers are left in the database"));
        }
        if !self.report.broken.is_empty() {
            self.report
                .broken
                .push(format!("the faults were\n{}", self.timeline.join("\n")));
        }
        self.report
    }

    /// Waits until every job has ended; what was buried is retried, as an operator would.
    async fn wait_until_quiet(&mut self, app: &TestApp) {
        let deadline = Instant::now() + ENDS_WITHIN;
        loop {
            self.fleet.tend();
            self.report.buried += retry_buried(app, &mut self.report.broken).await;
            let live = crate::jobs::live_jobs(&app.database.url()).await;
            let keys = app.redis.keys().await;
            let ids: Vec<&String> = keys.iter().filter(|key| key.contains(":ids:")).collect();
            if live.is_empty() && ids.is_empty() {
                return;
            }
            if Instant::now() > deadline {
                let first = &live[..live.len().min(10)];
                let told = format!(
                    "{} jobs are stranded, such as {first:#?}; in Redis: {ids:?}",
                    live.len()
                );
                self.report.broken.push(told);
                return;
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn retry_buried(app: &TestApp, broken: &mut Vec<String>) -> usize {
    let dead = app
        .sql("SELECT account_id, id, error FROM jobs WHERE state = 'dead'")
        .await;
    for row in &dead {
        if !row[2].contains("died with it") {
            broken.push(format!("job {} died of something else: {}", row[1], row[2]));
        }
        let mut tx = app.db.account(row[0].parse().unwrap()).await.unwrap();
        let again = jobs::retry(&mut tx, row[1].parse().unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        app.broker.dispatch(&[again]);
    }
    dead.len()
}

/// Brings a fault about and lets it pass; returns the worker that was killed by it.
async fn inject(
    servers: &OwnServers,
    lines: &Lines,
    database: &str,
    fleet: &mut Fleet,
    step: &Step,
) -> Option<Kill> {
    let time = Duration::from_millis(step.lasts_ms);
    match step.fault {
        Fault::KillWorker => {
            return Some(fleet.kill_worker(step.target, database).await);
        }
        Fault::TerminateWorker => fleet.terminate_worker(step.target),
        Fault::FreezeWorker => fleet.freeze_worker(step.target, FROZEN).await,
        Fault::KillApi => fleet.kill_api().await,
        Fault::TerminateApi => fleet.terminate_api().await,
        Fault::KillRedis => {
            servers.kill_redis().await;
            sleep(time).await;
            servers.revive().await;
        }
        Fault::FlushRedis => servers.tell_redis("FLUSHALL").await,
        Fault::DropRedisClients => {
            servers.tell_redis("CLIENT KILL TYPE normal").await;
            servers.tell_redis("CLIENT KILL TYPE pubsub").await;
        }
        Fault::HangRedis => pass(|| lines.redis.hang(), time, || lines.redis.restore()).await,
        Fault::CutRedis => pass(|| lines.redis.cut(), time, || lines.redis.restore()).await,
        Fault::FillRedis => {
            servers.tell_redis("CONFIG SET maxmemory 1").await;
            sleep(time).await;
            servers.tell_redis("CONFIG SET maxmemory 0").await;
        }
        Fault::CrashPostgres => {
            servers.crash_postgres().await;
            servers.revive().await;
        }
        Fault::HangPostgres => {
            pass(|| lines.postgres.hang(), time, || lines.postgres.restore()).await
        }
        Fault::DropPostgresSessions => {
            let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
            crate::database::sql_at(database, sql).await;
        }
    }
    None
}

async fn pass(begin: impl FnOnce(), time: Duration, end: impl FnOnce()) {
    begin();
    sleep(time).await;
    end();
}

/// Sends one more job and waits until it has run; returns how long that took.
async fn probe(load: &mut Load<'_>, number: usize) -> Option<Duration> {
    let begun = Instant::now();
    let work = ChaosWork {
        number: 1_000_000 + number as u64,
        takes_ms: 0,
        fails: 0,
        ends_in_transaction: true,
    };
    let account = load.accounts[ACCOUNTS];
    let job = load.write(account, &[work], Way::HandedOut).await[0];
    let state = format!("SELECT state FROM jobs WHERE id = '{}'", job.id);
    while begun.elapsed() < Duration::from_secs(60) {
        if load.app.value(&state).await == "succeeded" {
            return Some(begun.elapsed());
        }
        sleep(Duration::from_millis(15)).await;
    }
    None
}
