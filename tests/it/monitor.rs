//! The monitor: what is out of order is told once, and once more when it is over.

use chrono::TimeDelta;
use serde_json::Value;
use suite_core::{
    id::AccountId,
    job::{JobState, NewJob, Queue},
    jobs::CheckInvariants,
};
use suite_tests::{TestApp, TestBucket};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use crate::cli::suitectl;

const OPERATOR: &str = "ops@example.com";
/// How full this machine is, is not the tests' to say.
const OF_THE_MACHINE: [(&str, &str); 2] = [
    ("SUITE__MONITOR__DISK_PERCENT", "100"),
    ("SUITE__MONITOR__CONNECTIONS_PERCENT", "100"),
];

async fn app(settings: &[(&str, &str)]) -> TestApp {
    TestApp::with(&[&OF_THE_MACHINE, settings].concat()).await
}

/// Looks so often, and runs the mails that came of it.
async fn look(app: &TestApp, times: usize) -> Value {
    let mut result = Value::Null;
    for _ in 0..times {
        let job = app.enqueue(AccountId::OPERATOR, &CheckInvariants {}).await;
        app.run_jobs().await;
        let row = app.job(job).await;
        assert_eq!(row.state, JobState::Succeeded.name(), "{row:#?}");
        result = row.result.unwrap();
        app.clock.advance(TimeDelta::minutes(1));
    }
    result
}

fn subjects(app: &TestApp) -> Vec<String> {
    let subject = |mail: &String| {
        let line = mail.lines().find_map(|line| line.strip_prefix("Subject: "));
        line.unwrap_or_default().to_owned()
    };
    let told = |subject: &String| subject.starts_with("Alert: ") || subject.starts_with("Over: ");
    app.mails().iter().map(subject).filter(told).collect()
}

async fn kill_a_job(app: &TestApp) {
    app.sql(
        "INSERT INTO jobs (account_id, id, kind, queue, state, priority, args, max_attempts, timeout_ms, finished_at)
         VALUES ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'run_import', 'inventory', 'dead', 1, '{}',
                 5, 1000, now())",
    )
    .await;
}

async fn standing(app: &TestApp) -> Vec<String> {
    let rows = app
        .sql("SELECT kind FROM alerts WHERE ended_at IS NULL ORDER BY kind")
        .await;
    rows.into_iter().flatten().collect()
}

#[tokio::test]
async fn an_alert_is_told_once_and_its_end_once_by_mail_and_webhook() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let app = app(&[
        ("OPERATOR_EMAILS", OPERATOR),
        ("ALERT_WEBHOOK_URL", &server.uri()),
    ])
    .await;
    app.register(OPERATOR, "correct horse battery").await;
    look(&app, 2).await;
    assert_eq!(standing(&app).await, Vec::<String>::new());
    kill_a_job(&app).await;
    look(&app, 4).await;
    assert_eq!(
        subjects(&app),
        ["Alert: 1 jobs died within an hour: run_import"]
    );
    let told = suitectl(&app, &["alerts", "list"]).await;
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.out.contains("dead_jobs"), "{told:?}");
    app.sql("DELETE FROM jobs WHERE state = 'dead'").await;
    look(&app, 2).await;
    assert_eq!(
        standing(&app).await,
        ["dead_jobs"],
        "one good look may be luck"
    );
    look(&app, 3).await;
    assert_eq!(standing(&app).await, Vec::<String>::new());
    assert_eq!(
        subjects(&app),
        [
            "Alert: 1 jobs died within an hour: run_import",
            "Over: 1 jobs died within an hour: run_import"
        ]
    );
    suitectl(&app, &["alerts", "list"]).await.fine();
    let posted = server.received_requests().await.unwrap();
    let states: Vec<String> = posted
        .iter()
        .map(|request| serde_json::from_slice::<Value>(&request.body).unwrap()["state"].to_string())
        .collect();
    assert_eq!(states, ["\"began\"", "\"ended\""]);
    // The same again is another alert.
    kill_a_job(&app).await;
    look(&app, 1).await;
    assert_eq!(subjects(&app).len(), 3);
}

#[tokio::test]
async fn a_webhook_that_fails_is_called_again_and_mails_are_not_written_twice() {
    let server = MockServer::start().await;
    let failing = Mock::given(any())
        .respond_with(ResponseTemplate::new(500))
        .up_to_n_times(2);
    failing.mount(&server).await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let app = app(&[
        ("OPERATOR_EMAILS", OPERATOR),
        ("ALERT_WEBHOOK_URL", &server.uri()),
    ])
    .await;
    app.register(OPERATOR, "correct horse battery").await;
    kill_a_job(&app).await;
    look(&app, 5).await;
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
    assert_eq!(subjects(&app).len(), 1);
}

#[tokio::test]
async fn a_database_is_told_before_it_is_as_large_as_it_may_be_and_not_without_a_limit() {
    let kinds = async |settings: &[(&str, &str)]| {
        let app = app(settings).await;
        look(&app, 1).await;
        let faults = app
            .sql("SELECT fault FROM alerts WHERE ended_at IS NULL AND kind = 'database_size'")
            .await;
        faults.concat().pop()
    };
    assert_eq!(kinds(&[]).await, None);
    let large = ("SUITE__MONITOR__DATABASE_LIMIT_MIB", "1000000");
    assert_eq!(kinds(&[large]).await, None);
    let small = ("SUITE__MONITOR__DATABASE_LIMIT_MIB", "1");
    let fault = kinds(&[small]).await.unwrap();
    assert!(fault.starts_with("the database takes "), "{fault}");
    assert!(fault.ends_with(" % of its 1 MiB"), "{fault}");
}

#[tokio::test]
async fn looks_at_the_same_time_tell_once() {
    let app = app(&[("OPERATOR_EMAILS", OPERATOR)]).await;
    app.register(OPERATOR, "correct horse battery").await;
    kill_a_job(&app).await;
    // Without its unique key, as when a tick is fired by hand.
    for _ in 0..2 {
        let workers = [app.worker(&Queue::ALL).await, app.worker(&Queue::ALL).await];
        let look = || {
            let new = NewJob::new(AccountId::OPERATOR, &CheckInvariants {}).unwrap();
            NewJob {
                unique_key: None,
                ..new
            }
        };
        app.enqueue_all(AccountId::OPERATOR, vec![look(), look()])
            .await;
        app.wait_until_quiet().await;
        for worker in workers {
            worker.stop().await;
        }
    }
    assert_eq!(subjects(&app).len(), 1);
    assert_eq!(app.value("SELECT count(*) FROM alerts").await, "1");
}

#[tokio::test]
async fn whatever_is_out_of_order_begins_its_own_alert() {
    let bucket = TestBucket::new().await;
    let app = app(&bucket.variables()).await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    look(&app, 1).await;
    let quiet = standing(&app).await;
    // The disk and the connections are this machine's, and not the test's to say.
    assert!(
        quiet
            .iter()
            .all(|kind| kind == "disk" || kind == "connections"),
        "{quiet:?}"
    );
    app.clock.advance(TimeDelta::days(9));
    let (account, now) = (merchant.account_id(), app.clock.now());
    app.sql(&format!(
        "UPDATE stores SET platform = 'shopify' WHERE id = '{store}';
         INSERT INTO orders (account_id, id, store_id, number, channel, country, currency, placed_at, is_credit_note,
                             line_count, gross, discounts, returns, adjustments, tax, shipping, units)
         SELECT '{account}', gen_random_uuid(), '{store}', day::text, '', '', 'GBP',
                '{now}'::timestamptz - make_interval(days => day), false, 1, 1, 0, 0, 0, 0, 0, 1
           FROM generate_series(3, 16) day;
         INSERT INTO mails (account_id, id, kind, period, recipient, content, state, job_id)
         SELECT '{account}', gen_random_uuid(), 'welcome', i::text, 'x@example.com', '{{}}',
                CASE WHEN i <= 2 THEN 'bounced' ELSE 'sent' END, gen_random_uuid() FROM generate_series(1, 40) i;
         INSERT INTO jobs (account_id, id, kind, queue, state, priority, args, max_attempts, timeout_ms, run_at, dispatched_at)
         VALUES ('{account}', gen_random_uuid(), 'of_a_newer_version', 'reports', 'queued', 1, '{{}}', 5, 1000,
                 now() - interval '11 minutes', now())"
    ))
    .await;
    kill_a_job(&app).await;
    let job = app.enqueue(AccountId::OPERATOR, &CheckInvariants {}).await;
    let worker = app.worker(&[Queue::Maintenance]).await;
    app.wait_for(job, JobState::Succeeded).await;
    worker.stop().await;
    let mut found = standing(&app).await;
    found.retain(|kind| kind != "disk" && kind != "connections");
    assert_eq!(
        found,
        [
            "backup_age",
            "bounce_rate",
            "dead_jobs",
            "drill_age",
            "oldest_waiting",
            "silent_stores"
        ]
    );
}
