//! `/cron/{task}`, for outside cron services.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use reqwest::Method;
use suite_core::{id::AccountId, schedules as lists};
use suite_db::schedules;
use suite_tests::{Answer, TestApp};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const SECRET: &str = "only-the-cron-service-knows";

async fn app_with_schedules() -> TestApp {
    let app = TestApp::with(&[("CRON_SECRET", SECRET)]).await;
    let mut tx = app.db.account(AccountId::OPERATOR).await.unwrap();
    schedules::reconcile(&mut tx, &lists::fleet().unwrap(), lists::REVISION)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app
}

async fn call(app: &TestApp, method: Method, path: &str, secret: Option<&str>) -> Answer {
    let request = app.stranger().request(method, path);
    Answer::of(match secret {
        Some(secret) => request.bearer_auth(secret),
        None => request,
    })
    .await
}

async fn jobs(app: &TestApp) -> String {
    app.value("SELECT count(*) FROM jobs").await
}

#[tokio::test]
async fn without_a_secret_in_the_settings_the_address_is_not_there() {
    let app = TestApp::new().await;
    for secret in [None, Some(""), Some(SECRET)] {
        let answer = call(&app, Method::POST, "/cron/expire_rows", secret).await;
        answer.problem(404, "not_found");
    }
    let answer = call(&app, Method::GET, "/cron/expire_rows?secret=", None).await;
    answer.problem(404, "not_found");
}

#[tokio::test]
async fn only_who_knows_the_secret_may_call() {
    let app = app_with_schedules().await;
    let merchant = app.account().await;
    for secret in [
        None,
        Some(""),
        Some("only-the-cron-service-know"),
        Some(merchant.token()),
    ] {
        for path in ["/cron/expire_rows", "/cron/no_such_task"] {
            let answer = call(&app, Method::POST, path, secret).await;
            answer.problem(401, "unauthenticated");
        }
    }
    let wrong = "/cron/expire_rows?secret=wrong";
    let answer = call(&app, Method::GET, wrong, None).await;
    answer.problem(401, "unauthenticated");
    assert_eq!(jobs(&app).await, "0");
    let answer = call(&app, Method::POST, "/cron/no_such_task", Some(SECRET)).await;
    answer.problem(404, "not_found");
}

#[tokio::test]
async fn all_calls_within_a_minute_get_one_job() {
    let app = app_with_schedules().await;
    let by_query = format!("/cron/expire_rows?secret={SECRET}");
    let mut ticks = std::collections::BTreeMap::new();
    for (method, path, secret) in [
        (Method::POST, "/cron/expire_rows", Some(SECRET)),
        (Method::POST, "/cron/expire-rows", Some(SECRET)),
        (Method::GET, "/cron/expire-rows", Some(SECRET)),
        (Method::GET, by_query.as_str(), None),
        (Method::POST, by_query.as_str(), None),
    ] {
        let answer = call(&app, method, path, secret).await.expect(202).json();
        assert_eq!(answer["schedule"], "expire_rows");
        assert_eq!(answer["job"]["kind"], "expire_rows");
        let tick = answer["tick_at"].as_str().unwrap().to_owned();
        let job = answer["job"]["id"].as_str().unwrap().to_owned();
        ticks.entry(tick).or_insert_with(Vec::new).push(job);
    }
    // The minute may have turned in between, no more than once.
    assert!(ticks.len() <= 2, "{ticks:?}");
    for jobs in ticks.values() {
        assert!(jobs.iter().all(|job| *job == jobs[0]), "{ticks:?}");
    }
    // The job waits all the time, and equal ones join it.
    assert_eq!(jobs(&app).await, "1");
}

#[tokio::test]
async fn calls_that_come_together_get_one_job() {
    let app = app_with_schedules().await;
    app.sql("UPDATE schedules SET unique_key = NULL").await;
    let calls = (0..6).map(|_| call(&app, Method::POST, "/cron/expire_rows", Some(SECRET)));
    let answers = futures_util::future::join_all(calls).await;
    let jobs_of: std::collections::BTreeMap<String, String> = answers
        .into_iter()
        .map(|answer| answer.expect(202).json())
        .map(|answer| {
            (
                answer["tick_at"].to_string(),
                answer["job"]["id"].to_string(),
            )
        })
        .collect();
    assert_eq!(jobs(&app).await, jobs_of.len().to_string());
    assert!(jobs_of.len() <= 2, "{jobs_of:?}");
}

#[tokio::test]
async fn a_call_fires_the_tick_that_is_due_and_the_clock_does_not_fire_it_again() {
    let app = app_with_schedules().await;
    app.sql("UPDATE schedules SET unique_key = NULL, next_at = next_at - interval '3 hours'")
        .await;
    let answer = call(&app, Method::GET, "/cron/expire_rows", Some(SECRET)).await;
    let tick: chrono::DateTime<chrono::Utc> = answer.expect(202).json()["tick_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(chrono::Timelike::minute(&tick), 17);
    let mut tx = app.db.account(AccountId::OPERATOR).await.unwrap();
    let again = schedules::fire_due(&mut tx, "expire_rows", suite_core::jobs::ALL).await;
    assert_eq!(again.unwrap(), None);
    assert_eq!(jobs(&app).await, "1");
}

#[tokio::test]
async fn looking_starts_nothing_and_a_paused_schedule_is_a_conflict() {
    let app = app_with_schedules().await;
    let head = call(&app, Method::HEAD, "/cron/expire_rows", Some(SECRET)).await;
    assert_eq!(head.status, 405);
    app.sql("UPDATE schedules SET paused_at = now()").await;
    let answer = call(&app, Method::POST, "/cron/expire_rows", Some(SECRET)).await;
    answer.problem(409, "conflict");
    assert_eq!(jobs(&app).await, "0");
}

/// Everything that this process logs, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_secret_stands_in_no_line_of_the_log() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .init();
    let app = app_with_schedules().await;
    // By hand, for a client would log what it sends.
    for (query, header) in [
        (format!("?secret={SECRET}"), String::new()),
        (String::new(), format!("Authorization: Bearer {SECRET}\r\n")),
        (format!("?secret={SECRET}&more=1"), String::new()),
    ] {
        let mut stream = TcpStream::connect(app.address()).await.unwrap();
        let request = format!(
            "GET /cron/expire-rows{query} HTTP/1.1\r\nHost: test\r\n{header}Connection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    }
    let bytes = log.0.lock().unwrap().clone();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("/cron/{task}"), "nothing was logged: {text}");
    let told: Vec<&str> = text.lines().filter(|line| line.contains(SECRET)).collect();
    assert!(told.is_empty(), "{told:#?}");
}
