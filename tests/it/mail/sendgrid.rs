use serde_json::{Value, json};
use suite_core::job::{JobState, Queue};
use suite_tests::{TestApp, until};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

/// A stand-in for SendGrid that answers every mail so.
async fn sendgrid(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v3/mail/send"))
        .and(header("authorization", "Bearer SG.secret"))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

async fn app_before(url: &str) -> TestApp {
    TestApp::with(&[
        ("SENDGRID_API_KEY", "SG.secret"),
        ("SENDGRID_API_URL", url),
        ("BASE_URL", "https://suite.example"),
        ("MAIL_FROM", "Employee Suite <suite@example.com>"),
    ])
    .await
}

/// Returns state, sends, the provider's id and the reason of the only mail.
async fn mail(app: &TestApp) -> Vec<String> {
    let query = "SELECT state, sends, coalesce(provider_id, ''), coalesce(reason, '') FROM mails";
    app.sql(query).await.remove(0)
}

/// Returns state, attempt and whole error of the only job.
async fn job(app: &TestApp) -> Vec<String> {
    let query = "SELECT state, attempt, coalesce(error_detail, '') FROM jobs";
    app.sql(query).await.remove(0)
}

async fn register(app: &TestApp) {
    app.register("ada@example.com", "correct horse battery")
        .await;
}

#[tokio::test]
async fn a_mail_that_is_taken_is_sent_with_its_id() {
    let accepted = ResponseTemplate::new(202).insert_header("X-Message-Id", "sg-17");
    let server = sendgrid(accepted).await;
    let app = app_before(&server.uri()).await;
    register(&app).await;
    app.run_jobs().await;
    assert_eq!(mail(&app).await, ["sent", "1", "sg-17", ""]);
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let body: Value = requests[0].body_json().unwrap();
    assert_eq!(
        body["personalizations"],
        json!([{"to": [{"email": "ada@example.com"}]}])
    );
    assert_eq!(
        body["from"],
        json!({"email": "suite@example.com", "name": "Employee Suite"})
    );
    assert_eq!(body["subject"], "Welcome to Employee Suite");
    let id = app.value("SELECT id::text FROM mails").await;
    assert_eq!(body["custom_args"]["mail_id"], id.as_str());
    let types: Vec<&Value> = body["content"].as_array().unwrap().iter().collect();
    assert_eq!(types[0]["type"], "text/plain");
    assert!(
        types[1]["value"]
            .as_str()
            .unwrap()
            .contains("href=\"https://suite.example/verify-email/")
    );
}

#[tokio::test]
async fn a_mail_that_is_refused_dies_at_once_with_a_reason_that_names_nobody() {
    let refused = ResponseTemplate::new(400).set_body_json(json!({"errors": [
        {"message": "Does not contain a valid address: ada@example.com", "field": "personalizations.0.to.0.email"},
    ]}));
    let server = sendgrid(refused).await;
    let app = app_before(&server.uri()).await;
    register(&app).await;
    app.run_jobs().await;
    let [state, sends, _, reason] = mail(&app).await.try_into().unwrap();
    assert_eq!((state.as_str(), sends.as_str()), ("failed", "1"));
    assert_eq!(
        reason,
        "SendGrid answered 400, about personalizations.0.to.0.email"
    );
    let [state, attempt, error] = job(&app).await.try_into().unwrap();
    assert_eq!((state.as_str(), attempt.as_str()), ("dead", "1"));
    assert!(error.contains("SendGrid answered 400") && !error.contains("ada@"));
}

#[tokio::test]
async fn a_busy_provider_is_asked_again_when_it_says() {
    let busy = ResponseTemplate::new(429).insert_header("Retry-After", "120");
    let server = sendgrid(busy).await;
    let app = app_before(&server.uri()).await;
    register(&app).await;
    let worker = app.worker(&Queue::ALL).await;
    until("the job waits", || async {
        job(&app).await[0] == "retrying"
    })
    .await;
    worker.stop().await;
    assert_eq!(mail(&app).await[..2], ["queued", "0"]);
    let waits = app
        .value(
            "SELECT (run_at - now() BETWEEN interval '60 s' AND interval '120 s')::text FROM jobs",
        )
        .await;
    assert_eq!(waits, "true");
    server.reset().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(202))
        .mount(&server)
        .await;
    // As if the two minutes had passed, for which the whole fleet leaves the provider alone.
    app.redis.wipe().await;
    app.sql("UPDATE jobs SET run_at = now()").await;
    app.run_jobs().await;
    assert_eq!(mail(&app).await[..2], ["sent", "1"]);
}

#[tokio::test]
async fn a_provider_that_takes_a_mail_and_does_not_answer_gets_it_once_more_at_most() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (seen, mut hits) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = [0; 1024];
            // Something has arrived; then the line goes dead.
            if stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {
                let _ = seen.send(());
            }
            let _ = stream.shutdown().await;
        }
    });
    let app = app_before(&url).await;
    register(&app).await;
    for sends in ["1", "2"] {
        let worker = app.worker(&Queue::ALL).await;
        until("nobody knows", || async {
            let mail = mail(&app).await;
            mail[0] == "unknown" && mail[1] == sends && job(&app).await[0] == "retrying"
        })
        .await;
        worker.stop().await;
        app.sql("UPDATE jobs SET run_at = now()").await;
    }
    app.run_jobs().await;
    let [state, sends, _, reason] = mail(&app).await.try_into().unwrap();
    assert_eq!((state.as_str(), sends.as_str()), ("failed", "2"));
    assert!(reason.contains("handed over twice"));
    hits.close();
    let mut count = 0;
    while hits.recv().await.is_some() {
        count += 1;
    }
    assert_eq!(count, 2);
}

#[tokio::test]
async fn a_mail_whose_sender_died_is_doubted_and_not_sent_again_at_once() {
    let server = sendgrid(ResponseTemplate::new(202)).await;
    let app = app_before(&server.uri()).await;
    register(&app).await;
    // As a worker leaves it that is killed between handing over and writing down.
    app.sql("UPDATE mails SET state = 'sending', sends = 1")
        .await;
    let worker = app.worker(&Queue::ALL).await;
    until("the mail is doubted", || async {
        mail(&app).await[0] == "unknown"
    })
    .await;
    worker.stop().await;
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
    // The provider's events settle it before the doubt has passed.
    app.sql("UPDATE mails SET state = 'delivered'").await;
    app.sql("UPDATE jobs SET run_at = now()").await;
    app.run_jobs().await;
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
    assert_eq!(job(&app).await[0], JobState::Succeeded.name());
}

#[tokio::test]
async fn a_reader_who_is_not_to_be_mailed_is_not() {
    let server = sendgrid(ResponseTemplate::new(202)).await;
    let app = app_before(&server.uri()).await;
    register(&app).await;
    app.sql(
        "INSERT INTO mail_suppressions (account_id, recipient, topic, reason) \
         SELECT account_id, recipient, 'all', 'bounced' FROM mails",
    )
    .await;
    app.run_jobs().await;
    assert_eq!(mail(&app).await[0], "suppressed");
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}
