//! What can be seen of jobs from outside: figures, traces and error reports.

use reqwest::Method;
use serde_json::{Value, json};
use suite_core::{
    config::{Purpose, Settings},
    job::{JobState, Queue},
    jobs::BuildReport,
    telemetry,
};
use suite_tests::{
    Act, Answer, Client, Gate, PlainAct, ReportAct, TestApp, free_address, until, until_some,
    with_json,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

async fn ask_for_report(merchant: &Client, traceparent: &str) -> Answer {
    let store = merchant.store("GBP", "Europe/London").await;
    let body =
        json!({"store_id": store, "kind": "revenue", "from": "2026-01-01", "to": "2026-01-31"});
    let request = with_json(merchant.request(Method::POST, "/v1/reports"), &body);
    Answer::of(request.header("traceparent", traceparent)).await
}

#[tokio::test]
async fn a_trace_runs_on_from_the_request_into_the_log_of_the_worker() {
    let app = TestApp::with(&[("LOG_FORMAT", "json")]).await;
    let merchant = app.account().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let given = format!("00-{trace}-00f067aa0ba902b7-01");
    ask_for_report(&merchant, &given).await.assert_status(202);
    let kept = app.value("SELECT traceparent FROM jobs").await;
    assert!(kept.starts_with(&format!("00-{trace}-")), "{kept}");
    assert_ne!(
        kept, given,
        "the job hangs below the request, not beside it"
    );
    let lines = app.log_of_worker(&[Queue::Reports]).await;
    let done = lines
        .iter()
        .find(|line| line.contains("succeeded"))
        .unwrap();
    let line: Value = serde_json::from_str(done).unwrap();
    let span = &line["span"];
    assert_eq!(span["trace.id"], trace, "{line}");
    assert_ne!(span["span.id"], kept.split('-').nth(2).unwrap(), "{line}");
}

#[tokio::test]
async fn a_request_without_a_trace_or_with_a_broken_one_begins_one() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let zero = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
    for given in ["nonsense", zero] {
        ask_for_report(&merchant, given).await.assert_status(202);
    }
    let kept = app.sql("SELECT traceparent FROM jobs").await.concat();
    assert_eq!(kept.len(), 2);
    assert_ne!(kept[0], kept[1]);
    assert!(
        kept.iter().all(|trace| trace.len() == 55 && trace != zero),
        "{kept:?}"
    );
}

async fn scrape(address: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn a_worker_tells_its_figures_by_queue_and_by_kind() {
    let address = free_address();
    let app = TestApp::with(&[("METRICS_ADDR", &address)]).await;
    telemetry::metrics_recorder().unwrap();
    let merchant = app.account().await;
    let worker = app.worker(&[Queue::Inventory]).await;
    for act in [
        Act::Succeed,
        Act::Discard,
        Act::FailUntil(Gate::open().id(), 2),
    ] {
        app.enqueue(merchant.account_id(), &PlainAct::new(act))
            .await;
    }
    app.wait_until_quiet().await;
    app.enqueue(merchant.account_id(), &ReportAct::new(Act::Succeed))
        .await;
    app.sql("UPDATE jobs SET run_at = now() - interval '1 hour' WHERE state = 'queued'")
        .await;
    let text = until_some("the waiting job is seen", || async {
        let text = scrape(&address).await;
        text.contains("queue_depth_jobs{queue=\"reports\"} 1")
            .then_some(text)
    })
    .await;
    for series in [
        "jobs_finished_total{kind=\"test_plain\",outcome=\"succeeded\"} 2",
        "jobs_finished_total{kind=\"test_plain\",outcome=\"retried\"} 1",
        "jobs_finished_total{kind=\"test_plain\",outcome=\"dead\"} 1",
        "job_attempts_total{kind=\"test_plain\"} 4",
        "job_run_seconds_count{kind=\"test_plain\"} 4",
        "jobs_wait_seconds_count{kind=\"test_plain\"} 4",
        "jobs_dispatch_lag_seconds_count ",
        "queue_workers_alive{queue=\"inventory\"} 1",
        "queue_workers_alive{queue=\"reports\"} 0",
        "queue_running_jobs{queue=\"inventory\"} 0",
        "queue_paused{queue=\"email\"} 0",
        "queues_readable 1",
    ] {
        assert!(text.contains(series), "{series} is missing in {text}");
    }
    let age = text
        .lines()
        .find_map(|line| line.strip_prefix("queue_oldest_waiting_seconds{queue=\"reports\"} "));
    assert!(age.unwrap().parse::<f64>().unwrap() >= 3_599.0, "{text}");
    let of_api = app.stranger().get("/metrics").await.expect(200).text();
    assert!(
        of_api.contains("queue_depth_jobs{queue=\"reports\"} 1"),
        "{of_api}"
    );
    worker.stop().await;
}

#[tokio::test]
async fn metrics_are_answered_while_postgresql_is_away() {
    let (app, proxy) = TestApp::before_database(&[]).await;
    proxy.cut();
    let text = app.stranger().get("/metrics").await.expect(200).text();
    assert!(text.contains("queues_readable 0"), "{text}");
}

/// Takes what is sent to Sentry: each event as JSON.
async fn stand_in_for_sentry() -> (String, mpsc::UnboundedReceiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dsn = format!("http://key@{}/1", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take_envelopes(stream, sender.clone()));
        }
    });
    (dsn, receiver)
}

async fn take_envelopes(mut stream: TcpStream, sender: mpsc::UnboundedSender<Value>) {
    let mut received = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&received).into_owned();
        let body = text.split_once("\r\n\r\n").and_then(|(head, body)| {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse::<usize>().unwrap())
            })?;
            (body.len() >= length).then_some(body)
        });
        if let Some(body) = body {
            // An envelope's lines: its head, and for each item a head and the item.
            let lines: Vec<&str> = body.lines().collect();
            for pair in lines[1..].windows(2) {
                if pair[0].contains("\"type\":\"event\"") {
                    let _ = sender.send(serde_json::from_str(pair[1]).unwrap());
                }
            }
            received.clear();
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        let mut chunk = [0; 65_536];
        match stream.read(&mut chunk).await {
            Ok(length) if length > 0 => received.extend_from_slice(&chunk[..length]),
            _ => return,
        }
    }
}

fn settings_with(dsn: &str) -> Settings {
    let variables = [
        ("SENTRY_DSN", dsn),
        ("DATABASE_URL", "postgres://nowhere/none"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Settings::from_variables(variables, Purpose::Command).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_fails_for_good_is_reported_once_with_its_tags_and_nothing_personal() {
    let (dsn, mut events) = stand_in_for_sentry().await;
    // As in every program: before anything else.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let reports = telemetry::start(&settings_with(&dsn)).unwrap();
    let app = TestApp::with(&[("SENTRY_DSN", &dsn)]).await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let worker = app.worker(&[Queue::Inventory, Queue::Reports]).await;
    // Panics in each of its three attempts.
    let panics = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Panic(gate.id())))
        .await;
    app.wait_for(panics, JobState::Dead).await;
    // Retried once, then done: nothing to report.
    let recovers = PlainAct::new(Act::FailUntil(gate.id(), 2));
    let recovers = app.enqueue(merchant.account_id(), &recovers).await;
    app.wait_for(recovers, JobState::Succeeded).await;
    let nothing = BuildReport {
        report_id: suite_core::id::ReportId::new(),
    };
    let refused = app.enqueue(merchant.account_id(), &nothing).await;
    app.wait_for(refused, JobState::Dead).await;
    worker.stop().await;
    drop(reports);
    let mut seen = Vec::new();
    until("both reports have come", || {
        seen.extend(std::iter::from_fn(|| events.try_recv().ok()));
        let count = seen.len();
        async move { count >= 2 }
    })
    .await;
    assert_eq!(seen.len(), 2, "{seen:#?}");
    let kinds: Vec<&Value> = seen
        .iter()
        .map(|event| &event["tags"]["job.kind"])
        .collect();
    assert_eq!(kinds, ["test_plain", "build_report"]);
    for event in &seen {
        assert_eq!(
            event["tags"]["account.id"],
            merchant.account_id().to_string()
        );
        let text = event.to_string();
        assert!(!text.contains(&gate.id().to_string()), "arguments: {text}");
        assert!(
            !text.contains(&nothing.report_id.to_string()),
            "arguments: {text}"
        );
        assert!(!text.contains("@example"), "an address: {text}");
    }
    assert!(
        seen[0].to_string().contains("panicked: as it was told"),
        "{:#}",
        seen[0]
    );
}
