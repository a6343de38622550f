//! Stopping mails from a link in one of them (RFC 8058).

use chrono::TimeDelta;
use reqwest::Method;
use suite_core::{id::AccountId, jobs::ScanTrials};
use suite_tests::{Answer, TestApp};

use super::access::token_in;

async fn warned(app: &TestApp) -> String {
    app.register("ada@example.com", "correct horse battery")
        .await;
    app.run_jobs().await;
    app.clock.advance(TimeDelta::days(4));
    app.enqueue(AccountId::OPERATOR, &ScanTrials {}).await;
    app.run_jobs().await;
    app.mails().pop().unwrap()
}

/// As a mail program sends it: without a cookie, and from nowhere.
async fn one_click(app: &TestApp, link: &str) -> Answer {
    let request = app.stranger().request(Method::POST, link);
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    Answer::of(request).await
}

#[tokio::test]
async fn opening_the_link_changes_nothing_and_one_click_stops_the_topic() {
    let app = TestApp::new().await;
    let warning = warned(&app).await;
    assert!(warning.contains("Subject: Your trial ends in 3 days\r\n"));
    let headers = warning
        .split("\r\n\r\n")
        .next()
        .unwrap()
        .replace("\r\n ", "");
    let link = format!("/unsubscribe/{}", token_in(&warning, "/unsubscribe/"));
    assert!(headers.contains(&format!("{link}>\r\n")), "{headers}");
    assert!(headers.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
    let welcome = app.mails().remove(0);
    assert!(
        !welcome.contains("List-Unsubscribe"),
        "that one may not be stopped"
    );

    for method in [Method::GET, Method::HEAD, Method::GET] {
        let page = Answer::of(app.stranger().request(method, &link)).await;
        page.assert_status(200);
    }
    let page = app.stranger().get(&link).await.text();
    assert!(page.contains("warnings about your trial") && !page.contains("ada@"));
    let count = || app.value("SELECT count(*) FROM mail_suppressions");
    assert_eq!(count().await, "0");
    for _ in 0..2 {
        one_click(&app, &link).await.assert_status(200);
        assert_eq!(count().await, "1");
    }
    app.clock.advance(TimeDelta::days(2));
    app.enqueue(AccountId::OPERATOR, &ScanTrials {}).await;
    app.run_jobs().await;
    app.clock.advance(TimeDelta::days(2));
    app.enqueue(AccountId::OPERATOR, &ScanTrials {}).await;
    app.run_jobs().await;
    let states = "SELECT kind, state FROM mails ORDER BY id";
    let expected = [
        ["welcome", "sent"],
        ["trial_warning", "sent"],
        ["trial_warning", "suppressed"],
        ["trial_ended", "sent"],
    ];
    assert_eq!(
        app.sql(states).await,
        expected,
        "of the account itself one is told"
    );
}

#[tokio::test]
async fn a_forged_or_changed_link_stops_nothing_and_guessing_is_limited() {
    let app = TestApp::with(&[("SUITE__LIMITS__LINKS_PER_MINUTE", "50")]).await;
    let warning = warned(&app).await;
    let token = token_in(&warning, "/unsubscribe/");
    let mut changed = token.clone().into_bytes();
    changed[40] = if changed[40] == b'0' { b'1' } else { b'0' };
    for forged in [
        String::from_utf8(changed).unwrap(),
        token[..token.len() - 2].to_owned(),
        "0".repeat(token.len()),
        "%00".to_owned(),
    ] {
        let answer = one_click(&app, &format!("/unsubscribe/{forged}")).await;
        answer.assert_status(404);
    }
    assert_eq!(
        app.value("SELECT count(*) FROM mail_suppressions").await,
        "0"
    );
    let mut limited = false;
    for _ in 0..12 {
        let path = format!("/unsubscribe/{}", "0".repeat(token.len()));
        limited |= one_click(&app, &path).await.status == 429;
    }
    assert!(limited, "nobody guesses for long");
}
