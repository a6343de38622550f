//! Measures the scan of trials and the sending of mails: `bin/bench mail`.
//!
//! 10,000 accounts whose trial ends soon are scanned: once when each gets a warning, once when all have theirs. Then 1,000
//! mails leave through a stand-in of SendGrid at the configured limit, and their worker is killed in the middle.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::Value;
use suite_core::{
    id::AccountId,
    job::{JobState, Queue},
    jobs::ScanTrials,
    mail::MailContent,
};
use suite_db::mails::{self, NewMail};
use suite_tests::{TestApp, until};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::method};

const ACCOUNTS: usize = 10_000;
const MAILS: usize = 1_000;
/// Requests a second that the provider allows, in bursts of ten.
const RATE: &str = "sendgrid=200/1/10";
const SCAN_LIMIT: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> Result<()> {
    scan().await?;
    send().await
}

async fn scan() -> Result<()> {
    let app = TestApp::new().await;
    app.sql(&format!(
        "INSERT INTO accounts (id, name, trial_ends_at)
         SELECT gen_random_uuid(), 'Merchant ' || n, '{}'::timestamptz + (n % 72) * interval '1 hour'
           FROM generate_series(1, {ACCOUNTS}) n;
         INSERT INTO users (account_id, id, email, password_hash)
         SELECT id, gen_random_uuid(), id || '@example.com', 'none' FROM accounts WHERE plan = 'trial';
         ANALYZE accounts; ANALYZE users",
        app.clock.now() + chrono::TimeDelta::minutes(1)
    ))
    .await;
    let worker = app.worker(&[Queue::Maintenance]).await;
    let mut slowest = Duration::ZERO;
    for (what, expected) in [
        ("each is written a warning", ACCOUNTS),
        ("all have theirs", 0),
    ] {
        let began = Instant::now();
        let job = app.enqueue(AccountId::OPERATOR, &ScanTrials {}).await;
        let row = app.wait_for(job, JobState::Succeeded).await;
        let took = began.elapsed();
        let result = row.result.unwrap_or_default();
        writeln!(
            std::io::stdout(),
            "{ACCOUNTS} trials scanned, {what}: {took:.2?} ({result})"
        )?;
        ensure!(result["scanned"] == ACCOUNTS, "every trial is looked at");
        ensure!(
            result["written"] == expected,
            "{expected} warnings should be written"
        );
        slowest = slowest.max(took);
    }
    worker.stop().await;
    ensure!(
        slowest < SCAN_LIMIT,
        "a scan should take less than {SCAN_LIMIT:?}"
    );
    Ok(())
}

/// Takes every mail and notes when it came.
#[derive(Clone, Default)]
struct Provider(Arc<Mutex<Vec<(Instant, String)>>>);

impl Provider {
    fn taken(&self) -> Vec<(Instant, String)> {
        self.0.lock().map(|taken| taken.clone()).unwrap_or_default()
    }
}

impl Respond for Provider {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let id = body["custom_args"]["mail_id"].as_str().unwrap_or_default();
        if let Ok(mut taken) = self.0.lock() {
            taken.push((Instant::now(), id.to_owned()));
        }
        ResponseTemplate::new(202).set_delay(Duration::from_millis(20))
    }
}

async fn send() -> Result<()> {
    let provider = Provider::default();
    let server = MockServer::start().await;
    let mock = Mock::given(method("POST")).respond_with(provider.clone());
    mock.mount(&server).await;
    let app = TestApp::with(&[
        ("SENDGRID_API_KEY", "SG.secret"),
        ("SENDGRID_API_URL", &server.uri()),
        ("SUITE__JOBS__SERVICE_RATES", RATE),
        ("SUITE__WORKER__CONCURRENCY", "16"),
    ])
    .await;
    write_mails(&app).await?;
    let began = Instant::now();
    let first = app.spawn_worker(&[Queue::Email]);
    let second = app.spawn_worker(&[Queue::Email]);
    until("half of them have left", || async {
        provider.taken().len() >= MAILS / 2
    })
    .await;
    first.kill().await;
    until("all others are settled", || async {
        let open = "SELECT count(*) FROM mails WHERE state IN ('queued', 'sending')";
        app.value(open).await == "0"
    })
    .await;
    let took = began.elapsed();
    let unknown = app
        .value("SELECT count(*) FROM mails WHERE state = 'unknown'")
        .await;
    second.kill().await;
    let mut times = BTreeMap::<String, usize>::new();
    for (_, id) in provider.taken() {
        *times.entry(id).or_default() += 1;
    }
    let twice = times.values().filter(|times| **times > 1).count();
    writeln!(
        std::io::stdout(),
        "{} mails left in {took:.1?} ({:.0} a second, limit {RATE}) across a kill -9: {twice} twice, {unknown} in doubt",
        times.len(),
        times.len() as f64 / took.as_secs_f64(),
    )?;
    ensure!(twice == 0, "no mail may leave twice");
    Ok(())
}

async fn write_mails(app: &TestApp) -> Result<()> {
    let merchant = app.account().await;
    let mut tx = app.db.account(merchant.account_id()).await?;
    let mut jobs = Vec::new();
    for number in 0..MAILS {
        let mail = NewMail {
            recipient: format!("r{number}@example.com"),
            content: MailContent::TrialEnded {
                trial_ended_at: app.clock.now(),
            },
            period: "now".to_owned(),
        };
        jobs.extend(mails::write(&mut tx, &mail).await?);
    }
    tx.commit().await?;
    app.broker.dispatch(&jobs);
    Ok(())
}
