//! Links in mails by which people prove their address and choose a new password.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use suite_tests::{Answer, TestApp};

const PASSWORD: &str = "correct horse battery";
const NEW: &str = "staple of the battery";

/// Returns the token of the link with this path in a mail.
pub(super) fn token_in(mail: &str, path: &str) -> String {
    // Lines of the HTML are folded with `=`; the plain text holds the link too.
    let joined = mail.replace("=\r\n", "");
    let (_, rest) = joined.split_once(path).expect("the mail has such a link");
    rest.chars().take_while(|c| c.is_ascii_hexdigit()).collect()
}

async fn ask(app: &TestApp, path: &str, email: &str) -> Answer {
    let answer = app.stranger().post(path, &json!({"email": email})).await;
    answer.expect(202)
}

async fn last_mail(app: &TestApp, subject: &str) -> String {
    app.run_jobs().await;
    let mail = app.mails().pop().expect("a mail was sent");
    assert!(mail.contains(&format!("Subject: {subject}\r\n")), "{mail}");
    mail
}

async fn login(app: &TestApp, password: &str) -> u16 {
    let body = json!({"email": "ada@example.com", "password": password});
    app.stranger().post("/v1/auth/login", &body).await.status
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_once_and_ends_all_log_ins() {
    let app = TestApp::new().await;
    let cookie = app.register("ada@example.com", PASSWORD).await;
    let me = || async {
        let request = app.stranger().request(Method::GET, "/v1/me");
        Answer::of(request.header("cookie", &cookie)).await.status
    };
    assert_eq!(me().await, 200);
    ask(&app, "/v1/auth/forgot-password", " Ada@Example.COM ").await;
    let mail = last_mail(&app, "Choose a new password").await;
    let token = token_in(&mail, "/reset-password/");
    let hashes = app.value("SELECT string_agg(encode(token_hash, 'hex'), ' ') FROM user_tokens");
    assert!(
        !hashes.await.contains(&token[32..]),
        "only its hash is kept"
    );
    let mails = app.value("SELECT string_agg(content::text, ' ') FROM mails");
    assert!(!mails.await.contains(&token[32..]));

    let reset = |password: &'static str| {
        let body = json!({"token": token, "password": password});
        let stranger = app.stranger();
        async move { stranger.post("/v1/auth/reset-password", &body).await }
    };
    reset("short").await.problem(422, "invalid");
    // Two at once: one of them counts.
    let (one, other) = tokio::join!(reset(NEW), reset(NEW));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422]);
    reset("a third password").await.problem(422, "invalid");
    assert_eq!(
        (login(&app, PASSWORD).await, login(&app, NEW).await),
        (401, 200)
    );
    assert_eq!(me().await, 401, "the log-in of before has ended");
    let audit = app.value("SELECT count(*) FROM audit_log WHERE action = 'reset_password'");
    assert_eq!(audit.await, "1");
    let proven = app
        .value("SELECT count(email_verified_at) FROM users")
        .await;
    assert_eq!(proven, "1", "who reads the mail has the address");
    let mail = last_mail(&app, "Your password was changed").await;
    assert!(mail.contains("To: ada@example.com\r\n"), "{mail}");
    let told = app.value("SELECT count(*) FROM mails WHERE kind = 'password_changed'");
    assert_eq!(told.await, "1", "of two at once, one has changed it");
}

#[tokio::test]
async fn a_link_works_for_its_time_and_its_purpose_only() {
    let app = TestApp::new().await;
    app.register("ada@example.com", PASSWORD).await;
    let welcome = last_mail(&app, "Welcome to Employee Suite").await;
    let verify = token_in(&welcome, "/verify-email/");
    ask(&app, "/v1/auth/forgot-password", "ada@example.com").await;
    let mail = last_mail(&app, "Choose a new password").await;
    let reset = token_in(&mail, "/reset-password/");
    let send = |path: &'static str, body| {
        let stranger = app.stranger();
        async move { stranger.post(path, &body).await.status }
    };
    let verify_with = |token: &str| send("/v1/auth/verify-email", json!({"token": token}));
    let reset_with = |token: &str| {
        let body = json!({"token": token, "password": NEW});
        send("/v1/auth/reset-password", body)
    };
    assert_eq!(verify_with(&reset).await, 422, "it is for something else");
    assert_eq!(reset_with(&verify).await, 422, "it is for something else");
    for forged in [
        "",
        "x",
        &reset.to_uppercase(),
        &format!("{reset}0"),
        &"0".repeat(96),
    ] {
        assert_eq!(reset_with(forged).await, 422, "{forged}");
    }
    app.clock.advance(TimeDelta::minutes(60));
    assert_eq!(reset_with(&reset).await, 422, "an hour is over");
    app.clock.advance(TimeDelta::hours(22));
    assert_eq!(verify_with(&verify).await, 204);
    assert_eq!(verify_with(&verify).await, 422, "it works once");
    assert_eq!(login(&app, PASSWORD).await, 200);
}

#[tokio::test]
async fn a_reset_link_that_expired_before_it_could_be_sent_is_not_sent() {
    let app = TestApp::new().await;
    app.register("ada@example.com", PASSWORD).await;
    app.run_jobs().await;
    ask(&app, "/v1/auth/forgot-password", "ada@example.com").await;
    app.clock.advance(TimeDelta::hours(2));
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 1, "only the welcome");
    let told = "SELECT state || ': ' || reason FROM mails WHERE kind = 'reset_password'";
    let told = app.value(told).await;
    assert_eq!(told, "failed: its link had expired before it could be sent");
}

#[tokio::test]
async fn nobody_learns_whether_an_address_is_known() {
    let app = TestApp::new().await;
    app.register("ada@example.com", PASSWORD).await;
    app.run_jobs().await;
    for path in ["/v1/auth/forgot-password", "/v1/auth/send-verification"] {
        let known = ask(&app, path, "ada@example.com").await;
        let unknown = ask(&app, path, "eve@example.com").await;
        assert_eq!(known.json(), json!({"email": "ada@example.com"}));
        assert_eq!(unknown.json(), json!({"email": "eve@example.com"}));
        assert_eq!(known.headers.len(), unknown.headers.len());
        for bad in ["ada", "a@x.de,b@x.de", "a@x.de\r\nBcc: b@x.de"] {
            let answer = app.stranger().post(path, &json!({"email": bad})).await;
            answer.problem(422, "invalid");
        }
    }
    app.run_jobs().await;
    let to = |mail: &String| mail.contains("To: ada@example.com\r\n");
    assert!(app.mails().iter().all(to));
    assert_eq!(app.mails().len(), 3);

    // Whoever registers a known address sees nothing; its owner is told, once a day.
    for _ in 0..2 {
        app.register("ada@example.com", "a stranger's guess").await;
    }
    last_mail(&app, "You have an account already").await;
    assert_eq!(app.mails().len(), 4);
    // Its owner, who has only forgotten that there is an account, is not.
    app.clock.advance(TimeDelta::days(1));
    app.register("ada@example.com", PASSWORD).await;
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 4);
}

#[tokio::test]
async fn an_address_that_is_proven_is_not_asked_for_again() {
    let app = TestApp::new().await;
    app.register("ada@example.com", PASSWORD).await;
    let welcome = last_mail(&app, "Welcome to Employee Suite").await;
    ask(&app, "/v1/auth/send-verification", "ada@example.com").await;
    let mail = last_mail(&app, "Confirm your address").await;
    let again = token_in(&mail, "/verify-email/");
    let body = json!({"token": again});
    let answer = app.stranger().post("/v1/auth/verify-email", &body).await;
    answer.assert_status(204);
    // With one used, the others are void.
    let body = json!({"token": token_in(&welcome, "/verify-email/")});
    let answer = app.stranger().post("/v1/auth/verify-email", &body).await;
    answer.problem(422, "invalid");
    ask(&app, "/v1/auth/send-verification", "ada@example.com").await;
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 2);
}

#[tokio::test]
async fn mails_to_a_reader_and_tries_of_links_are_limited() {
    let app = TestApp::with(&[
        ("SUITE__LIMITS__MAILS_PER_HOUR", "2"),
        ("SUITE__LIMITS__LINKS_PER_MINUTE", "5"),
    ])
    .await;
    app.register("ada@example.com", PASSWORD).await;
    for email in ["ada@example.com", "eve@example.com"] {
        ask(&app, "/v1/auth/forgot-password", email).await;
        ask(&app, "/v1/auth/send-verification", email).await;
        let body = json!({"email": email});
        let refused = app.stranger().post("/v1/auth/forgot-password", &body).await;
        refused.problem(429, "rate_limited");
        assert!(refused.header("retry-after").parse::<u32>().unwrap() > 600);
    }
    // A registration of a known address looks the same when its owner gets no more mail.
    app.register("ada@example.com", "a stranger's guess").await;
    let mails = app.value("SELECT count(*) FROM mails WHERE kind = 'already_registered'");
    assert_eq!(mails.await, "0");
    let guess = json!({"token": "0".repeat(96)});
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let answer = app.stranger().post("/v1/auth/verify-email", &guess).await;
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [422, 429, 429]);
}

fn form(app: &TestApp, path: &str, fields: &str) -> reqwest::RequestBuilder {
    let stranger = app.stranger();
    stranger
        .request(Method::POST, path)
        .header("origin", stranger.url(""))
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(fields.to_owned())
}

#[tokio::test]
async fn people_do_all_of_it_on_pages_and_opening_a_link_changes_nothing() {
    let app = TestApp::new().await;
    app.register("ada@example.com", PASSWORD).await;
    let welcome = last_mail(&app, "Welcome to Employee Suite").await;
    let verify = format!("/verify-email/{}", token_in(&welcome, "/verify-email/"));
    let login_page = app.stranger().get("/login").await.expect(200).text();
    assert!(login_page.contains("href=\"/forgot-password\""));
    let sent = Answer::of(form(&app, "/forgot-password", "email=ada%40example.com")).await;
    assert!(sent.expect(200).text().contains("Look into your mail"));
    let mail = last_mail(&app, "Choose a new password").await;
    let reset = format!("/reset-password/{}", token_in(&mail, "/reset-password/"));
    for link in [&verify, &reset] {
        for _ in 0..2 {
            let page = app.stranger().get(link).await.expect(200).text();
            assert!(page.contains(&format!("action=\"{link}\"")), "{page}");
        }
        // From another site nothing is taken.
        let foreign = form(&app, link, "").header("sec-fetch-site", "cross-site");
        assert_eq!(Answer::of(foreign).await.status, 403);
    }
    assert_eq!(app.value("SELECT count(*) FROM user_tokens").await, "2");
    let done = Answer::of(form(&app, &verify, "")).await.expect(200);
    assert!(done.text().contains("Your address is confirmed"));
    let short = Answer::of(form(&app, &reset, "password=short")).await;
    assert!(short.expect(422).text().contains("at least 8 characters"));
    let fields = format!("password={NEW}");
    let done = Answer::of(form(&app, &reset, &fields)).await.expect(200);
    assert!(done.text().contains("Your password is replaced"));
    assert_eq!(login(&app, NEW).await, 200);
    let again = Answer::of(form(&app, &reset, &fields)).await.expect(422);
    assert!(again.text().contains("ask for a new link"));
    assert_eq!(app.stranger().get("/reset-password/..x").await.status, 404);
}
