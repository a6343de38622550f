//! What every route refuses, and that it does so as a problem with an id.

use reqwest::Method;
use suite_tests::{Answer, TestApp};

/// Routes that everybody may ask.
const OPEN: &[&str] = &[
    "/docs",
    "/docs/style.css",
    "/health",
    "/metrics",
    "/openapi.json",
    "/ready",
    "/v1/auth/forgot-password",
    "/v1/auth/login",
    "/v1/auth/logout",
    "/v1/auth/register",
    "/v1/auth/reset-password",
    "/v1/auth/send-verification",
    "/v1/auth/verify-email",
];

/// Addresses that answer programs, and not pages for people.
fn of_the_api() -> impl Iterator<Item = (String, &'static [&'static str])> {
    let table = suite_api::ROUTES.iter();
    table
        .filter(|(path, _)| path.starts_with("/v1/"))
        .map(|(path, methods)| (path.replace("{id}", ANY_ID), *methods))
}

const ANY_ID: &str = "0190d3c8-7c00-7000-8000-000000000001";

#[tokio::test]
async fn what_does_not_exist_is_a_problem() {
    let app = TestApp::new().await;
    let stranger = app.stranger();
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v2/stores",
        "/v1/stores/",
        "//v1/stores",
    ] {
        let answer = stranger.get(path).await;
        if answer.status != 303 {
            answer.problem(404, "not_found");
        }
    }
    let merchant = app.account().await;
    for id in [
        "x",
        "1",
        "%00",
        "0190d3c8-7c00-7000-8000-00000000000g",
        ANY_ID,
    ] {
        let answer = merchant.get(&format!("/v1/stores/{id}")).await;
        answer.problem(404, "not_found");
    }
}

#[tokio::test]
async fn other_methods_are_told_which_ones_there_are() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    for (path, methods) in of_the_api() {
        let mut allowed = Vec::new();
        for method in methods {
            allowed.push(method.to_uppercase());
            if *method == "get" {
                allowed.push("HEAD".to_owned());
            }
        }
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if allowed.iter().any(|allowed| allowed == method) {
                continue;
            }
            let method: Method = method.parse().unwrap();
            let answer = Answer::of(merchant.request(method.clone(), &path)).await;
            answer.problem(405, "method_not_allowed");
            let mut told: Vec<&str> = answer.header("allow").split(", ").collect();
            let mut allowed = allowed.clone();
            told.sort_unstable();
            allowed.sort_unstable();
            assert_eq!(told, allowed, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn everything_that_belongs_to_an_account_wants_to_know_who_asks() {
    let app = TestApp::new().await;
    let stranger = app.stranger();
    for (path, methods) in of_the_api() {
        if OPEN.contains(&path.as_str()) {
            continue;
        }
        for method in methods {
            let method: Method = method.to_uppercase().parse().unwrap();
            let request = stranger.request(method.clone(), &path);
            let answer = Answer::of(request.header("content-type", "application/json")).await;
            assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
            answer.problem(401, "unauthenticated");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    }
}

#[tokio::test]
async fn unknown_parameters_are_refused_by_every_list() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    for (path, methods) in of_the_api() {
        let is_list = methods.contains(&"get")
            && !path.contains(ANY_ID)
            && !path.starts_with("/v1/ops/")
            && !["/v1/me", "/v1/preferences"].contains(&path.as_str());
        if is_list {
            let answer = merchant.get(&format!("{path}?offset=10")).await;
            answer.problem(400, "invalid");
            for limit in ["0", "101", "-1", "x", ""] {
                let answer = merchant.get(&format!("{path}?limit={limit}")).await;
                assert_eq!(answer.status, 400, "{path} limit={limit}");
            }
        }
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_a_sane_one_is_taken_over() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    for (path, given, is_taken) in [
        ("/v1/me", "till-7.2026_03", true),
        ("/v1/nothing", "till-7.2026_03", true),
        ("/v1/me", "<b>bold</b>", false),
        ("/v1/me", "short", false),
    ] {
        let request = merchant.request(Method::GET, path);
        let answer = Answer::of(request.header("x-request-id", given)).await;
        let id = answer.header("x-request-id");
        assert_eq!(id == given, is_taken, "{given} became {id}");
        assert!(!id.is_empty());
    }
}

#[tokio::test]
async fn head_is_answered_like_get_without_the_body() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    for path in ["/health", "/v1/me", "/v1/stores"] {
        let get = merchant.get(path).await.expect(200);
        let head = Answer::of(merchant.request(Method::HEAD, path))
            .await
            .expect(200);
        assert_eq!(head.body, b"", "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
}
