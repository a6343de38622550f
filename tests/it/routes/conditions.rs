//! `ETag`, `If-Match` and `If-None-Match`.

use reqwest::Method;
use serde_json::json;
use suite_tests::{Answer, TestApp, with_json};

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
