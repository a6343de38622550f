//! How often somebody may come.

use serde_json::json;
use suite_tests::{Answer, Client, RedisSpace, TestApp, with_json};

fn from_address(client: &Client, path: &str, address: &str) -> reqwest::RequestBuilder {
    let request = client.request(reqwest::Method::GET, path);
    request.header("x-forwarded-for", address)
}

#[tokio::test]
async fn an_account_that_asks_too_much_is_turned_away_and_others_are_not() {
    // Ten a minute, two of them at once.
    let app = TestApp::with(&[("SUITE__LIMITS__ACCOUNT_PER_MINUTE", "10")]).await;
    let (loud, quiet) = (app.account().await, app.account().await);
    for left in ["1", "0"] {
        let answer = loud.get("/v1/me").await.expect(200);
        assert_eq!(answer.header("ratelimit-policy"), "\"account\";q=10;w=60");
        let state = answer.header("ratelimit");
        assert!(
            state.starts_with(&format!("\"account\";r={left};t=")),
            "{state}"
        );
    }
    let refused = loud.get("/v1/me").await;
    refused.problem(429, "rate_limited");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=6).contains(&wait), "{wait}");
    assert!(
        refused
            .header("ratelimit")
            .starts_with("\"account\";r=0;t=")
    );
    quiet.get("/v1/me").await.assert_status(200);
}

#[tokio::test]
async fn an_address_that_asks_too_much_is_turned_away_and_monitoring_is_not() {
    let app = TestApp::with(&[
        ("SUITE__LIMITS__ADDRESS_PER_MINUTE", "10"),
        ("TRUSTED_PROXY_HOPS", "1"),
    ])
    .await;
    let stranger = app.stranger();
    let ask = |path, address| Answer::of(from_address(&stranger, path, address));
    for _ in 0..2 {
        ask("/v1/me", "192.0.2.1")
            .await
            .problem(401, "unauthenticated");
    }
    ask("/v1/me", "192.0.2.1")
        .await
        .problem(429, "rate_limited");
    // What a client writes itself does not move it elsewhere: only the last proxy is believed.
    ask("/v1/me", "203.0.113.9, 192.0.2.1")
        .await
        .problem(429, "rate_limited");
    ask("/v1/me", "192.0.2.2")
        .await
        .problem(401, "unauthenticated");
    for path in ["/health", "/ready", "/metrics"] {
        let answer = ask(path, "192.0.2.1").await.expect(200);
        assert_eq!(answer.header("ratelimit"), "", "{path}");
    }
}

#[tokio::test]
async fn tries_with_one_name_are_limited_whatever_the_address_but_not_for_its_owner() {
    let app = TestApp::with(&[
        ("SUITE__LIMITS__LOGIN_PER_MINUTE", "3"),
        ("TRUSTED_PROXY_HOPS", "1"),
    ])
    .await;
    let stranger = app.stranger();
    let cookie = app
        .register("anna@example.com", "correct horse battery")
        .await;
    let attempt = |email: &str, password: &str, host: u8| {
        let request = stranger.request(reqwest::Method::POST, "/v1/auth/login");
        let request = request.header("x-forwarded-for", format!("192.0.2.{host}"));
        with_json(request, &json!({"email": email, "password": password}))
    };
    for host in 1..=3 {
        let answer = Answer::of(attempt("anna@example.com", "a guess at it", host)).await;
        answer.problem(401, "unauthenticated");
    }
    let fourth = Answer::of(attempt("anna@example.com", "a guess at it", 4)).await;
    fourth.problem(429, "rate_limited");
    let other = Answer::of(attempt("bert@example.com", "a guess at it", 4)).await;
    other.problem(401, "unauthenticated");
    let owner = attempt("anna@example.com", "correct horse battery", 5)
        .header("cookie", cookie)
        .header("sec-fetch-site", "same-origin");
    Answer::of(owner).await.assert_status(200);
}

#[tokio::test]
async fn tries_from_one_address_are_limited_whatever_the_name() {
    let app = TestApp::with(&[("SUITE__LIMITS__LOGIN_PER_MINUTE", "2")]).await;
    let attempt = async |email: &str| {
        let body = json!({"email": email, "password": "a guess at it"});
        app.stranger().post("/v1/auth/login", &body).await
    };
    attempt("anna@example.com")
        .await
        .problem(401, "unauthenticated");
    attempt("bert@example.com")
        .await
        .problem(401, "unauthenticated");
    attempt("carl@example.com")
        .await
        .problem(429, "rate_limited");
}

#[tokio::test]
async fn without_redis_a_stricter_limit_holds() {
    let redis = RedisSpace::at("redis://127.0.0.1:1".to_owned());
    // Eight at once in Redis; two in a process by itself.
    let app = TestApp::on_redis(redis, &[("SUITE__LIMITS__ACCOUNT_PER_MINUTE", "40")]).await;
    let merchant = app.account().await;
    for _ in 0..2 {
        merchant.get("/v1/me").await.assert_status(200);
    }
    merchant.get("/v1/me").await.problem(429, "rate_limited");
}

#[tokio::test]
async fn a_token_that_asks_too_much_is_turned_away_and_the_accounts_other_tokens_are_not() {
    // Ten a minute, two of them at once.
    let app = TestApp::with(&[("SUITE__LIMITS__TOKEN_PER_MINUTE", "10")]).await;
    let loud = app.account().await;
    let quiet = app.member_of(loud.account_id()).await;
    for left in ["1", "0"] {
        let answer = loud.get("/v1/me").await.expect(200);
        let state = answer.header("ratelimit");
        assert!(
            state.starts_with(&format!("\"token\";r={left};t=")),
            "{state}"
        );
    }
    let refused = loud.get("/v1/me").await;
    refused.problem(429, "rate_limited");
    assert_eq!(refused.header("ratelimit-policy"), "\"token\";q=10;w=60");
    quiet.get("/v1/me").await.assert_status(200);
}
