//! `Idempotency-Key`: the same request twice has one effect and one answer.

use reqwest::Method;
use serde_json::{Value, json};
use suite_tests::{Answer, Client, TestApp, with_json};

fn store(name: &str) -> Value {
    json!({"name": name, "currency": "GBP", "timezone": "Europe/London"})
}

async fn post(client: &Client, key: &str, path: &str, body: &Value) -> Answer {
    let request = with_json(client.request(Method::POST, path), body);
    Answer::of(request.header("idempotency-key", key)).await
}

async fn stores(app: &TestApp) -> String {
    app.value("SELECT count(*) FROM stores").await
}

#[tokio::test]
async fn the_same_request_again_gets_the_answer_of_the_first_one() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let first = post(&merchant, "key-1", "/v1/stores", &store("Tea"))
        .await
        .expect(201);
    for key in ["key-1", "\"key-1\""] {
        let again = post(&merchant, key, "/v1/stores", &store("Tea"))
            .await
            .expect(201);
        assert_eq!(again.body, first.body);
        for header in ["location", "etag", "content-type"] {
            assert_eq!(again.header(header), first.header(header), "{header}");
        }
    }
    assert_eq!(stores(&app).await, "1");
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    post(&merchant, "key-1", "/v1/stores", &store("Tea"))
        .await
        .assert_status(201);
    let other_body = post(&merchant, "key-1", "/v1/stores", &store("Coffee")).await;
    other_body.problem(422, "idempotency_key_reused");
    let other_path = post(&merchant, "key-1", "/v1/tokens", &json!({"name": "till"})).await;
    other_path.problem(422, "idempotency_key_reused");
    assert_eq!(stores(&app).await, "1");
}

#[tokio::test]
async fn a_key_belongs_to_its_account() {
    let app = TestApp::new().await;
    let (one, other) = (app.account().await, app.account().await);
    let first = post(&one, "key-1", "/v1/stores", &store("Tea"))
        .await
        .expect(201);
    let second = post(&other, "key-1", "/v1/stores", &store("Coffee"))
        .await
        .expect(201);
    assert_ne!(first.json()["id"], second.json()["id"]);
}

#[tokio::test]
async fn a_refused_request_is_judged_anew() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let bad = store(" ");
    post(&merchant, "key-1", "/v1/stores", &bad)
        .await
        .problem(422, "invalid");
    post(&merchant, "key-1", "/v1/stores", &store("Tea"))
        .await
        .assert_status(201);
}

#[tokio::test]
async fn requests_with_one_key_at_the_same_time_have_one_effect() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let body = store("Tea");
    let request = || post(&merchant, "key-1", "/v1/stores", &body);
    let (a, b, c, d) = tokio::join!(request(), request(), request(), request());
    let mut made = 0;
    for answer in [a, b, c, d] {
        if answer.status == 409 {
            answer.problem(409, "request_in_progress");
            assert!(!answer.header("retry-after").is_empty());
        } else {
            answer.assert_status(201);
            made += 1;
        }
    }
    assert!(made >= 1);
    assert_eq!(stores(&app).await, "1");
}

#[tokio::test]
async fn a_secret_that_is_shown_once_is_not_played_back() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let body = json!({"name": "till"});
    let first = post(&merchant, "key-1", "/v1/tokens", &body)
        .await
        .expect(201);
    let again = post(&merchant, "key-1", "/v1/tokens", &body)
        .await
        .expect(201);
    assert!(first.json()["token"].is_string());
    assert_eq!(again.json()["token"], Value::Null);
    assert_eq!(again.json()["id"], first.json()["id"]);
}

#[tokio::test]
async fn an_upload_with_the_same_key_is_one_import() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let path = format!("/v1/stores/{store}/imports?format=invoice_lines");
    let upload = async |body: &str| {
        let request = merchant.request(Method::POST, &path);
        let request = request
            .header("content-type", "text/csv")
            .header("idempotency-key", "file-1");
        Answer::of(request.body(body.to_owned())).await
    };
    let first = upload("InvoiceNo\n1\n").await.expect(202);
    let again = upload("InvoiceNo\n1\n").await.expect(202);
    assert_eq!(again.body, first.body);
    upload("InvoiceNo\n2\n")
        .await
        .problem(422, "idempotency_key_reused");
    suite_tests::until("one import is left", || async {
        app.value("SELECT count(*) FROM imports").await == "1"
    })
    .await;
    assert_eq!(app.value("SELECT count(*) FROM jobs").await, "1");
}

#[tokio::test]
async fn keys_that_cannot_be_read_are_refused() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    for key in ["", "\"", "a\"b", &"x".repeat(256)] {
        let answer = post(&merchant, key, "/v1/stores", &store("Tea")).await;
        answer.problem(400, "invalid");
    }
    assert_eq!(stores(&app).await, "0");
}
