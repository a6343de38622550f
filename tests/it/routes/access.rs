//! Who may come in, and how.

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use suite_tests::{Answer, Client, TestApp, with_json};

const PASSWORD: &str = "correct horse battery";

fn with_cookie(client: &Client, method: Method, path: &str, cookie: &str) -> RequestBuilder {
    client.request(method, path).header("cookie", cookie)
}

#[tokio::test]
async fn somebody_registers_logs_out_and_in_again() {
    let app = TestApp::new().await;
    let stranger = app.stranger();
    let cookie = app.register("Anna@Example.com ", PASSWORD).await;
    let me = Answer::of(with_cookie(&stranger, Method::GET, "/v1/me", &cookie)).await;
    let me = me.expect(200).json();
    assert_eq!(me["user"]["email"], "anna@example.com");
    assert_eq!(me["account"]["plan"], "trial");
    assert_eq!(me["account"]["trial_ends_at"], "2026-03-09T10:00:00Z");

    let out = with_cookie(&stranger, Method::POST, "/v1/auth/logout", &cookie);
    Answer::of(out.header("sec-fetch-site", "same-origin"))
        .await
        .assert_status(204);
    let gone = Answer::of(with_cookie(&stranger, Method::GET, "/v1/me", &cookie)).await;
    gone.problem(401, "unauthenticated");

    let body = json!({"email": "ANNA@example.com", "password": PASSWORD});
    let login = stranger.post("/v1/auth/login", &body).await.expect(200);
    let cookie = login.header("set-cookie");
    for mark in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(mark), "{cookie}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let app = TestApp::new().await;
    app.register("anna@example.com", PASSWORD).await;
    let try_with = async |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        let answer = app.stranger().post("/v1/auth/login", &body).await;
        let mut problem = answer.problem(401, "unauthenticated");
        problem["request_id"] = json!(null);
        problem
    };
    let wrong = try_with("anna@example.com", "wrong password").await;
    let unknown = try_with("nobody@example.com", "wrong password").await;
    assert_eq!(wrong, unknown);
}

#[tokio::test]
async fn registering_a_known_address_looks_the_same_and_opens_nothing() {
    let app = TestApp::new().await;
    let stranger = app.stranger();
    app.register("anna@example.com", PASSWORD).await;
    let body = json!({"email": "anna@example.com", "password": "another password"});
    let again = stranger.post("/v1/auth/register", &body).await.expect(201);
    assert_eq!(again.json()["email"], "anna@example.com");
    let cookie = again
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let me = Answer::of(with_cookie(&stranger, Method::GET, "/v1/me", &cookie)).await;
    me.problem(401, "unauthenticated");
    assert_eq!(app.value("SELECT count(*) FROM users").await, "1");
}

#[tokio::test]
async fn a_write_with_a_cookie_must_come_from_our_own_pages() {
    let app = TestApp::new().await;
    let stranger = app.stranger();
    let cookie = app.register("anna@example.com", PASSWORD).await;
    let body = json!({"name": "till"});
    let write = |header: Option<(&str, &str)>| {
        let request = with_cookie(&stranger, Method::POST, "/v1/tokens", &cookie);
        let request = with_json(request, &body);
        match header {
            Some((name, value)) => request.header(name, value),
            None => request,
        }
    };
    for foreign in [
        None,
        Some(("origin", "https://evil.example")),
        Some(("origin", "null")),
        Some(("sec-fetch-site", "cross-site")),
        Some(("sec-fetch-site", "same-site")),
    ] {
        Answer::of(write(foreign)).await.problem(403, "forbidden");
    }
    let own = format!("http://{}", app.address());
    Answer::of(write(Some(("origin", &own))))
        .await
        .assert_status(201);
    Answer::of(write(Some(("sec-fetch-site", "same-origin"))))
        .await
        .assert_status(201);
    // A reading link from elsewhere is no write.
    let read = with_cookie(&stranger, Method::GET, "/v1/me", &cookie);
    Answer::of(read.header("sec-fetch-site", "cross-site"))
        .await
        .assert_status(200);
}

#[tokio::test]
async fn no_other_site_is_invited_by_cors() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    for origin in ["https://evil.example", "null"] {
        let request = merchant
            .request(Method::GET, "/v1/me")
            .header("origin", origin);
        let answer = Answer::of(request).await;
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn credentials_that_are_not_good_are_refused_with_the_way_in() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let mut tampered = merchant.token().to_owned();
    let last = if tampered.ends_with('0') { '1' } else { '0' };
    tampered.pop();
    tampered.push(last);
    for header in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Basic YTpi".to_owned(),
        format!("Basic {}", merchant.token()),
        format!("Bearer {tampered}"),
        format!("Bearer {} x", merchant.token()),
        format!("Bearer {}", "x".repeat(60_000)),
    ] {
        let request = app.stranger().request(Method::GET, "/v1/me");
        let answer = Answer::of(request.header("authorization", &header)).await;
        answer.problem(401, "unauthenticated");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    let twice = merchant
        .request(Method::GET, "/v1/me")
        .header("authorization", format!("Bearer {}", merchant.token()));
    Answer::of(twice).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_deleted_token_is_refused_at_once() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let made = merchant
        .post("/v1/tokens", &json!({"name": "till"}))
        .await
        .expect(201)
        .json();
    let till = merchant.with_token(made["token"].as_str().unwrap());
    let me = till.get("/v1/me").await.expect(200).json();
    assert_eq!(me["token"]["name"], "till");
    let path = format!("/v1/tokens/{}", made["id"].as_str().unwrap());
    merchant.delete(&path).await.assert_status(204);
    till.get("/v1/me").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn tokens_are_never_shown_again() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let made = merchant
        .post("/v1/tokens", &json!({"name": "till"}))
        .await
        .expect(201)
        .json();
    let secret = made["token"].as_str().unwrap();
    let list = merchant.get("/v1/tokens").await.expect(200).text();
    assert!(!list.contains(secret));
    let stored = app.sql("SELECT t::text FROM api_tokens t").await;
    assert!(!stored.iter().flatten().any(|row| row.contains(secret)));
}

#[tokio::test]
async fn a_session_ends_when_its_time_is_over() {
    let app = TestApp::new().await;
    let cookie = app.register("anna@example.com", PASSWORD).await;
    let days = i64::from(app.settings.security.session_days);
    let stranger = app.stranger();
    app.clock
        .advance(chrono::TimeDelta::days(days) - chrono::TimeDelta::seconds(1));
    let me = Answer::of(with_cookie(&stranger, Method::GET, "/v1/me", &cookie)).await;
    me.assert_status(200);
    app.clock.advance(chrono::TimeDelta::seconds(2));
    let me = Answer::of(with_cookie(&stranger, Method::GET, "/v1/me", &cookie)).await;
    me.problem(401, "unauthenticated");
}

#[tokio::test]
async fn passwords_are_eight_characters_at_least() {
    let app = TestApp::new().await;
    for password in ["", "seven77", &"x".repeat(129)] {
        let body = json!({"email": "anna@example.com", "password": password});
        let answer = app.stranger().post("/v1/auth/register", &body).await;
        let problem = answer.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "password");
    }
}

#[tokio::test]
async fn guessing_a_password_is_slowed_down() {
    let app = TestApp::with(&[("SUITE__LIMITS__LOGIN_PER_MINUTE", "5")]).await;
    app.register("anna@example.com", PASSWORD).await;
    let body = json!({"email": "anna@example.com", "password": "a wrong guess"});
    let mut refused = None;
    for _ in 0..12 {
        let answer = app.stranger().post("/v1/auth/login", &body).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        answer.assert_status(401);
    }
    let refused = refused.expect("the twelfth guess is too many");
    refused.problem(429, "rate_limited");
    assert!(!refused.header("retry-after").is_empty());
}
