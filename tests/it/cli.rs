//! The operator's command line, run inside the test with a console that the test reads.

mod accounts;
mod cron;
mod demo;
mod doctor;
mod jobs;
mod migrate;
mod queues;
mod search;
mod work;

use std::ffi::OsString;

use serde_json::Value;
use suite_core::{
    clock::Clock,
    config::{ConfigFaults, Settings},
};
use suite_tests::{TestApp, test_kinds};
use suite_worker::{
    cli::{self, Console, Environment},
    runtime::Registry,
};

/// Nobody listens there.
const NOWHERE_POSTGRESQL: &str = "postgres://nobody:nothing@127.0.0.1:1/nowhere";
const NOWHERE_REDIS: &str = "redis://127.0.0.1:1/0";

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) out: String,
    err: String,
}

impl Ran {
    /// Makes sure that it went well, and that a terminal of 80 columns can show what it wrote.
    pub(crate) fn fine(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self.fits()
    }

    /// Makes sure that it failed with one clear line.
    pub(crate) fn refused(self) -> String {
        assert_eq!(self.code, 1, "{self:#?}");
        assert_eq!(self.err.lines().count(), 1, "{self:#?}");
        assert!(self.err.starts_with("suitectl: "), "{self:#?}");
        self.err
    }

    fn fits(self) -> Self {
        for line in self
            .out
            .lines()
            .filter(|line| !line.starts_with('{') && !line.starts_with("es_"))
        {
            assert!(line.chars().count() <= 80, "{line}\n{self:#?}");
        }
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// Runs `suitectl` as a script does: nobody answers questions.
pub(crate) async fn suitectl(app: &TestApp, arguments: &[&str]) -> Ran {
    run(Ok(app.settings.clone()), &app.clock, arguments, None).await
}

/// Runs `suitectl` at a terminal where somebody types `answers`.
async fn suitectl_answering(app: &TestApp, arguments: &[&str], answers: &str) -> Ran {
    run(
        Ok(app.settings.clone()),
        &app.clock,
        arguments,
        Some(answers),
    )
    .await
}

/// Runs `suitectl` with settings that the test has changed.
pub(crate) async fn suitectl_with(
    app: &TestApp,
    change: impl FnOnce(&mut Settings),
    arguments: &[&str],
) -> Ran {
    let mut settings = app.settings.clone();
    settings.database.connect_timeout_ms = 2_000;
    change(&mut settings);
    run(Ok(settings), &app.clock, arguments, None).await
}

async fn run(
    settings: Result<Settings, ConfigFaults>,
    clock: &Clock,
    arguments: &[&str],
    answers: Option<&str>,
) -> Ran {
    let environment = Environment {
        settings,
        clock: clock.clone(),
        user: "grace@workbench".to_owned(),
        kinds: Registry::of_program().with(test_kinds()),
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        input: &mut answers.unwrap_or_default().as_bytes(),
        is_interactive: answers.is_some(),
    };
    let arguments = std::iter::once("suitectl").chain(arguments.iter().copied());
    let code = cli::run(arguments.map(OsString::from), environment, &mut console).await;
    Ran {
        code,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

/// Returns what the audit log holds of an action: actor and subject.
pub(crate) async fn audited(app: &TestApp, action: &str) -> Vec<Vec<String>> {
    app.sql(&format!(
        "SELECT actor, subject FROM audit_log WHERE action = '{action}' ORDER BY id"
    ))
    .await
}

#[tokio::test]
async fn wrong_usage_ends_with_two_and_help_with_zero() {
    let app = TestApp::new().await;
    for wrong in [
        &["jobs", "lits"][..],
        &["queues", "pause", "nothing"],
        &["jobs", "list", "--since", "soon"],
        &[],
    ] {
        let ran = suitectl(&app, wrong).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(
            ran.err.contains("Usage") || ran.err.contains("--help"),
            "{ran:?}"
        );
    }
    let help = suitectl(&app, &["--help"]).await.fine();
    assert!(
        help.out.contains("Bring the database to this version"),
        "{help:?}"
    );
}

#[tokio::test]
async fn a_database_that_is_away_is_one_line_with_its_reason() {
    let app = TestApp::new().await;
    let nowhere = |settings: &mut Settings| settings.database.url = NOWHERE_POSTGRESQL.into();
    let told = suitectl_with(&app, nowhere, &["jobs", "list"])
        .await
        .refused();
    assert!(
        told.contains("PostgreSQL") && told.contains("refused"),
        "{told}"
    );
}
