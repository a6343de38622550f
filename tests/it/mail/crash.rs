//! Many mails, two workers, and one of them killed in the middle.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::Value;
use suite_core::job::Queue;
use suite_tests::{TestApp, until};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::method};

/// Takes every mail and notes when it came.
#[derive(Clone, Default)]
struct Provider {
    taken: Arc<Mutex<Vec<(Instant, String)>>>,
    delay: Duration,
}

impl Respond for Provider {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let id = body["custom_args"]["mail_id"].as_str().unwrap().to_owned();
        self.taken.lock().unwrap().push((Instant::now(), id));
        ResponseTemplate::new(202).set_delay(self.delay)
    }
}

impl Provider {
    async fn listen(&self) -> MockServer {
        let server = MockServer::start().await;
        let mock = Mock::given(method("POST")).respond_with(self.clone());
        mock.mount(&server).await;
        server
    }

    fn count(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    fn times_each(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for (_, id) in self.taken.lock().unwrap().iter() {
            *times.entry(id.clone()).or_default() += 1;
        }
        times
    }
}

async fn app_before(server: &MockServer, rates: &str) -> TestApp {
    TestApp::with(&[
        ("SENDGRID_API_KEY", "SG.secret"),
        ("SENDGRID_API_URL", server.uri().as_str()),
        ("SUITE__JOBS__SERVICE_RATES", rates),
        ("SUITE__JOBS__SERVICE_WAIT_MS", "60000"),
    ])
    .await
}

/// Writes mails with their jobs, each to another reader.
async fn write_mails(app: &TestApp, count: usize) {
    let merchant = app.account().await;
    let mut tx = app.db.account(merchant.account_id()).await.unwrap();
    let mut jobs = Vec::new();
    for number in 0..count {
        let mail = suite_db::mails::NewMail {
            recipient: format!("r{number}@example.com"),
            content: suite_core::mail::MailContent::TrialEnded {
                trial_ended_at: app.clock.now(),
            },
            period: "now".to_owned(),
        };
        jobs.extend(suite_db::mails::write(&mut tx, &mail).await.unwrap());
    }
    tx.commit().await.unwrap();
    app.broker.dispatch(&jobs);
}

#[tokio::test]
async fn mails_leave_once_each_across_a_kill_of_their_worker() {
    let provider = Provider {
        delay: Duration::from_millis(40),
        ..Provider::default()
    };
    let server = provider.listen().await;
    let app = app_before(&server, "").await;
    let worker = app.spawn_worker(&[Queue::Email]);
    write_mails(&app, 100).await;
    until("a third of them has left", || async {
        provider.count() >= 33
    })
    .await;
    worker.kill().await;
    // With what a full minute may have started meanwhile.
    let second = app.worker(&[Queue::Email, Queue::Maintenance]).await;
    until("all others are settled", || async {
        let open = "SELECT count(*) FROM mails WHERE state IN ('queued', 'sending')";
        app.value(open).await == "0"
    })
    .await;
    // What was under way when the worker died: perhaps it left, so nobody sends it again at once.
    assert!(provider.times_each().values().all(|times| *times == 1));
    let doubted = app
        .sql("SELECT id::text FROM mails WHERE state = 'unknown'")
        .await
        .concat();
    assert!(
        doubted.len() <= 4,
        "no more than ran at a time: {doubted:?}"
    );
    // The provider's events tell what it has; what it has not leaves now.
    for id in doubted {
        if provider.times_each().contains_key(&id) {
            let told = format!("UPDATE mails SET state = 'delivered' WHERE id = '{id}'");
            app.sql(&told).await;
        }
    }
    app.sql("UPDATE jobs SET run_at = now() WHERE state = 'retrying'")
        .await;
    app.wait_until_quiet().await;
    second.stop().await;
    let times = provider.times_each();
    assert_eq!(times.len(), 100, "none is lost");
    assert!(
        times.values().all(|times| *times == 1),
        "none left twice: {times:?}"
    );
}

#[tokio::test]
async fn two_workers_together_keep_the_providers_limit() {
    const PER_SECOND: usize = 20;
    let provider = Provider::default();
    let server = provider.listen().await;
    let app = app_before(&server, "sendgrid=20/1/1").await;
    let workers = [
        app.worker(&[Queue::Email]).await,
        app.worker(&[Queue::Email]).await,
    ];
    write_mails(&app, 60).await;
    app.wait_until_quiet().await;
    for worker in workers {
        worker.stop().await;
    }
    let mut times: Vec<Instant> = provider
        .taken
        .lock()
        .unwrap()
        .iter()
        .map(|(at, _)| *at)
        .collect();
    times.sort();
    assert_eq!(times.len(), 60);
    // Turns are given out evenly; on their way requests may come closer together by some milliseconds.
    for (first, later) in times.iter().zip(times.iter().skip(PER_SECOND + 4)) {
        let span = later.duration_since(*first);
        assert!(
            span > Duration::from_millis(950),
            "24 mails within {span:?}"
        );
    }
}
