//! `ETag`, `If-Match` and `If-None-Match`.

use reqwest::Method;
use serde_json::json;
use suite_tests::{Answer, Client, TestApp, with_json};

#[tokio::test]
async fn an_update_happens_only_to_the_version_that_was_read() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let path = format!(
        "/v1/stores/{}",
        merchant.store("GBP", "Europe/London").await
    );
    let read = merchant.get(&path).await.expect(200);
    let tag = read.header("etag").to_owned();
    assert!(!tag.is_empty());
    let rename = async |name: &str, tag: &str| {
        let request = with_json(
            merchant.request(Method::PATCH, &path),
            &json!({"name": name}),
        );
        Answer::of(request.header("if-match", tag)).await
    };
    let first = rename("First", &tag).await.expect(200);
    assert_ne!(first.header("etag"), tag);
    rename("Second", &tag)
        .await
        .problem(412, "precondition_failed");
    let both = format!("\"99\", {}", first.header("etag"));
    rename("Third", &both).await.assert_status(200);
    rename("Fourth", "*").await.assert_status(200);
    assert_eq!(merchant.get(&path).await.json()["name"], "Fourth");
}

#[tokio::test]
async fn a_client_that_has_the_newest_version_gets_no_body() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let path = format!(
        "/v1/stores/{}",
        merchant.store("GBP", "Europe/London").await
    );
    let tag = merchant
        .get(&path)
        .await
        .expect(200)
        .header("etag")
        .to_owned();
    let known = merchant
        .request(Method::GET, &path)
        .header("if-none-match", &tag);
    let answer = Answer::of(known).await.expect(304);
    assert_eq!(
        (answer.body.as_slice(), answer.header("etag")),
        (&b""[..], tag.as_str())
    );
    merchant
        .patch(&path, &json!({"name": "New"}))
        .await
        .assert_status(200);
    let known = merchant
        .request(Method::GET, &path)
        .header("if-none-match", &tag);
    Answer::of(known).await.assert_status(200);
}

#[tokio::test]
async fn a_store_is_deleted_once() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let path = format!(
        "/v1/stores/{}",
        merchant.store("GBP", "Europe/London").await
    );
    let stale = merchant
        .request(Method::DELETE, &path)
        .header("if-match", "\"99\"");
    Answer::of(stale).await.problem(412, "precondition_failed");
    merchant.delete(&path).await.assert_status(204);
    merchant.get(&path).await.problem(404, "not_found");
    merchant.delete(&path).await.problem(404, "not_found");
    app.run_jobs().await;
    assert_eq!(app.value("SELECT count(*) FROM stores").await, "0");
}

#[tokio::test]
async fn every_answer_that_a_client_has_already_is_304_and_changes_with_what_it_shows() {
    let app = TestApp::new().await;
    let (merchant, other) = (app.account().await, app.account().await);
    let store = merchant.store("GBP", "Europe/London").await;
    for path in [
        "/v1/stores",
        "/v1/orders",
        "/v1/me",
        "/v1/jobs",
        "/v1/inventory",
    ] {
        let first = merchant.get(path).await.expect(200);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() > 20, "{path}: {tag}");
        let again = get_unless(&merchant, path, &tag).await;
        again.assert_status(304);
        assert_eq!(again.header("etag"), tag, "{path}");
        assert!(again.body.is_empty(), "{path}");
        get_unless(&merchant, path, &format!("\"other\", W/{tag}"))
            .await
            .assert_status(304);
        get_unless(&merchant, path, "\"other\"")
            .await
            .assert_status(200);
        // What one account has, another has not.
        get_unless(&other, path, &tag).await.assert_status(
            if first.body == other.get(path).await.body {
                304
            } else {
                200
            },
        );
    }
    let listed = merchant.get("/v1/stores").await.header("etag").to_owned();
    let path = format!("/v1/stores/{store}");
    let changed = merchant.patch(&path, &json!({"name": "Corner"})).await;
    changed.assert_status(200);
    get_unless(&merchant, "/v1/stores", &listed)
        .await
        .assert_status(200);
    // A version stays a version.
    let one = merchant.get(&format!("/v1/stores/{store}")).await;
    assert_eq!(one.header("etag"), "\"2\"");
    // What is no success has no tag.
    let missing = merchant
        .get("/v1/stores/0190d3c8-7c00-7000-8000-000000000001")
        .await;
    assert!(missing.headers.get("etag").is_none());
}

async fn get_unless(client: &Client, path: &str, tag: &str) -> Answer {
    let request = client
        .request(Method::GET, path)
        .header("if-none-match", tag);
    Answer::of(request).await
}
