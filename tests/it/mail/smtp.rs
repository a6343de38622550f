//! Mails through any SMTP server, over a real socket.

use suite_core::job::Queue;
use suite_tests::{SmtpFault, SmtpServer, TestApp, until};

async fn scene() -> (SmtpServer, TestApp) {
    let server = SmtpServer::start().await;
    let app = TestApp::with(&[
        ("SMTP_URL", server.url().as_str()),
        ("MAIL_FROM", "Employee Suite <suite@example.com>"),
    ])
    .await;
    app.register("ada@example.com", "correct horse battery")
        .await;
    (server, app)
}

/// Returns state, sends and the reason of the only mail.
async fn mail(app: &TestApp) -> Vec<String> {
    let query = "SELECT state, sends, coalesce(reason, '') FROM mails";
    app.sql(query).await.remove(0)
}

/// Lets workers run until the mail is in a state, and the job has ended its attempt.
async fn work_until(app: &TestApp, state: &str, sends: &str) {
    app.sql("UPDATE jobs SET run_at = now() WHERE state = 'retrying'")
        .await;
    let worker = app.worker(&Queue::ALL).await;
    until("the mail is settled for now", || async {
        let mail = mail(app).await;
        let job = app.value("SELECT state FROM jobs").await;
        mail[0] == state && mail[1] == sends && job != "running" && job != "queued"
    })
    .await;
    worker.stop().await;
}

#[tokio::test]
async fn a_mail_leaves_for_its_one_reader_in_both_forms() {
    let (server, app) = scene().await;
    app.run_jobs().await;
    assert_eq!(mail(&app).await, ["sent", "1", ""]);
    let taken = server.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].from, "suite@example.com");
    assert_eq!(taken[0].to, ["ada@example.com"]);
    let id = app.value("SELECT id::text FROM mails").await;
    for part in [
        "From: \"Employee Suite\" <suite@example.com>\r\n",
        "To: ada@example.com\r\n",
        "Subject: Welcome to Employee Suite\r\n",
        &format!("Message-ID: <{id}@employee-suite>\r\n"),
        "Content-Type: text/plain",
        "Content-Type: text/html",
    ] {
        assert!(taken[0].text.contains(part), "{part} in {}", taken[0].text);
    }
}

#[tokio::test]
async fn what_the_server_refuses_for_good_dies_at_once_with_a_reason_that_names_nobody() {
    for fault in [SmtpFault::Reader(550), SmtpFault::Message(554)] {
        let (server, app) = scene().await;
        server.fail_with(fault);
        work_until(&app, "failed", "1").await;
        let reason = mail(&app).await.remove(2);
        assert!(
            reason.starts_with("the SMTP server refused it with 55"),
            "{reason}"
        );
        let job = "SELECT state || ' ' || attempt || ' ' || coalesce(error_detail, '') FROM jobs";
        let job = app.value(job).await;
        assert!(job.starts_with("dead 1") && !job.contains("ada@"), "{job}");
    }
}

#[tokio::test]
async fn what_the_server_puts_off_or_cannot_take_is_tried_again_and_leaves_once() {
    let (server, app) = scene().await;
    for fault in [
        SmtpFault::Reader(450),
        SmtpFault::Message(451),
        SmtpFault::Closed,
    ] {
        server.fail_with(fault);
        work_until(&app, "queued", "0").await;
        assert_ne!(mail(&app).await[2], "", "{fault:?}");
    }
    server.fail_with(SmtpFault::None);
    work_until(&app, "sent", "1").await;
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test]
async fn a_server_that_takes_a_mail_and_does_not_answer_gets_it_once_more_at_most() {
    let (server, app) = scene().await;
    server.fail_with(SmtpFault::Silence);
    work_until(&app, "unknown", "1").await;
    work_until(&app, "unknown", "2").await;
    work_until(&app, "failed", "2").await;
    assert_eq!(server.taken().len(), 2);
    let id = app.value("SELECT id::text FROM mails").await;
    let same = format!("Message-ID: <{id}@employee-suite>");
    assert!(server.taken().iter().all(|mail| mail.text.contains(&same)));
}
