//! Bodies that cannot be read, or should not be.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use suite_tests::{Answer, Client, TestApp, with_json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const SOME_ID: &str = "0190d3c8-7c00-7000-8000-000000000001";
const OTHER_ID: &str = "0190d3c8-7c00-7000-8000-000000000002";

/// Every route with a JSON body, and one that it accepts.
fn bodies() -> Vec<(&'static str, Value)> {
    vec![
        (
            "/v1/auth/forgot-password",
            json!({"email": "a@example.com"}),
        ),
        (
            "/v1/auth/login",
            json!({"email": "a@example.com", "password": "long enough"}),
        ),
        (
            "/v1/auth/register",
            json!({"email": "a@example.com", "password": "long enough"}),
        ),
        (
            "/v1/auth/reset-password",
            json!({"token": "0", "password": "long enough"}),
        ),
        (
            "/v1/auth/send-verification",
            json!({"email": "a@example.com"}),
        ),
        ("/v1/auth/verify-email", json!({"token": "0"})),
        (
            "/v1/inventory/adjustments",
            json!({"store_id": SOME_ID, "location_id": SOME_ID, "reason": "broken",
                   "occurred_at": "2026-03-01T10:00:00Z", "lines": [{"variant_id": SOME_ID, "quantity": "-2"}]}),
        ),
        (
            "/v1/inventory/analyses",
            json!({"store_id": SOME_ID, "as_of": "2026-03-01", "service_level": "95", "excluded_skus": ["POST"]}),
        ),
        ("/v1/inventory/checks", json!({"store_id": SOME_ID})),
        (
            "/v1/inventory/counts",
            json!({"store_id": SOME_ID, "reason": "count", "lines": [{"variant_id": SOME_ID, "counted": "2"}]}),
        ),
        (
            "/v1/inventory/receipts",
            json!({"store_id": SOME_ID, "purchase_order_id": SOME_ID,
                   "lines": [{"variant_id": SOME_ID, "quantity": "2", "unit_cost": "1.50"}]}),
        ),
        (
            "/v1/inventory/transfers",
            json!({"store_id": SOME_ID, "from_location_id": SOME_ID, "to_location_id": OTHER_ID,
                   "lines": [{"variant_id": SOME_ID, "quantity": "2"}]}),
        ),
        (
            "/v1/locations",
            json!({"store_id": SOME_ID, "name": "Shop", "demand_share": "0.25"}),
        ),
        (
            "/v1/purchase-orders",
            json!({"store_id": SOME_ID, "vendor_id": SOME_ID, "note": "soon", "expected_on": "2026-04-01",
                   "lines": [{"variant_id": SOME_ID, "quantity": "2", "unit_price": "1.50"}]}),
        ),
        (
            "/v1/report-schedules",
            json!({"store_id": SOME_ID, "kind": "revenue", "rhythm": "daily", "time": "07:00",
                   "recipients": ["a@example.com"]}),
        ),
        (
            "/v1/reports",
            json!({"store_id": SOME_ID, "kind": "revenue",
                   "from": "2026-01-01", "to": "2026-01-31", "group_by": ["month"]}),
        ),
        (
            "/v1/stores",
            json!({"name": "Tea", "currency": "GBP", "timezone": "Europe/London"}),
        ),
        (
            "/v1/supplier-prices",
            json!({"vendor_id": SOME_ID, "prices": [{"variant_id": SOME_ID, "price": "1.50"}]}),
        ),
        ("/v1/tokens", json!({"name": "till"})),
        (
            "/v1/vendors",
            json!({"store_id": SOME_ID, "name": "Mill", "email": "mill@example.com", "currency": "GBP",
                   "lead_time_days": 9}),
        ),
    ]
}

async fn post_text(client: &Client, path: &str, content_type: &str, body: &str) -> Answer {
    let request = client.request(Method::POST, path);
    Answer::of(
        request
            .header("content-type", content_type)
            .body(body.to_owned()),
    )
    .await
}

#[tokio::test]
async fn every_body_of_the_document_is_among_those_tested_here() {
    let document = serde_json::to_value(suite_api::document()).unwrap();
    let tested = bodies();
    for (path, item) in document["paths"].as_object().unwrap() {
        let body = &item["post"]["requestBody"]["content"];
        if path.starts_with("/v1/") && body.get("application/json").is_some() {
            assert!(
                tested.iter().any(|(known, _)| known == path),
                "add {path} to bodies()"
            );
        }
    }
}

#[tokio::test]
async fn unknown_fields_are_refused_and_named() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    for (path, body) in bodies() {
        for field in ["account_id", "is_admin", "plan"] {
            let mut body = body.clone();
            body[field] = json!("x");
            let problem = merchant.post(path, &body).await.problem(400, "invalid");
            let told = problem["errors"].to_string();
            assert!(told.contains(field), "{path}: {told}");
        }
    }
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let deep = "[".repeat(10_000);
    for (path, _) in bodies() {
        for body in [
            "",
            "{",
            "[]",
            "null",
            "{\"name\": \"\\ud800\"}",
            "{} {}",
            deep.as_str(),
        ] {
            let answer = post_text(&merchant, path, "application/json", body).await;
            answer.problem(400, "invalid");
        }
    }
}

#[tokio::test]
async fn a_nul_character_is_refused_in_every_text() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    for (path, body) in bodies() {
        for field in body.as_object().unwrap().keys() {
            let mut body = body.clone();
            body[field] = json!("a\u{0}b");
            merchant.post(path, &body).await.problem(400, "invalid");
        }
    }
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    for (path, body) in bodies() {
        let text = body.to_string();
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "text/json",
        ] {
            let answer = post_text(&merchant, path, content_type, &text).await;
            answer.problem(415, "unsupported_media_type");
        }
    }
    let store = merchant.store("GBP", "Europe/London").await;
    let path = format!("/v1/stores/{store}/imports?format=invoice_lines");
    let answer = post_text(&merchant, &path, "application/json", "{}").await;
    answer.problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_body_of_more_than_a_megabyte_is_refused() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let name = "x".repeat(1 << 20);
    for (path, mut body) in bodies() {
        body["name"] = json!(name);
        merchant
            .post(path, &body)
            .await
            .problem(413, "payload_too_large");
    }
}

#[tokio::test]
async fn an_upload_over_the_limit_is_refused_and_leaves_nothing() {
    let app = TestApp::with(&[("SUITE__HTTP__UPLOAD_LIMIT_BYTES", "1000")]).await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let answer = merchant
        .upload(&store, "invoice_lines", "x".repeat(1_001))
        .await;
    answer.problem(413, "payload_too_large");
    suite_tests::until("the upload is gone", || async {
        app.value("SELECT count(*) FROM imports").await == "0"
    })
    .await;
    assert_eq!(app.value("SELECT count(*) FROM jobs").await, "0");
}

#[tokio::test]
async fn faults_of_content_are_told_together_with_their_fields() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let body = json!({"name": " ", "currency": "gbp", "timezone": "London"});
    let problem = merchant
        .post("/v1/stores", &body)
        .await
        .problem(422, "invalid");
    let mut fields: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["field"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["currency", "name", "timezone"]);
}

#[tokio::test]
async fn text_of_any_script_comes_back_unchanged() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    for name in [
        "Ünïcode ☕",
        "مرحبا",
        "👩‍👩‍👧‍👦",
        "e\u{301}",
        "日本語 ストア",
        "\u{202e}abc",
    ] {
        let body = json!({"name": name, "currency": "GBP", "timezone": "Europe/London"});
        let store = merchant.post("/v1/stores", &body).await.expect(201).json();
        let path = format!("/v1/stores/{}", store["id"].as_str().unwrap());
        assert_eq!(merchant.get(&path).await.expect(200).json()["name"], name);
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let app = TestApp::with(&[("SUITE__HTTP__BODY_TIMEOUT_SECONDS", "1")]).await;
    let merchant = app.account().await;
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let head = format!(
        "POST /v1/stores HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        merchant.token()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = stream.read_to_string(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(20), reading).await;
    read.expect("an answer and the end of the connection")
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    assert!(answer.contains("request_timeout"), "{answer}");
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing_behind() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let head = format!(
        "POST /v1/stores/{store}/imports?format=invoice_lines HTTP/1.1\r\nHost: test\r\n\
         Authorization: Bearer {}\r\nContent-Type: text/csv\r\nContent-Length: 5000000\r\n\r\n",
        merchant.token()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'x'; 1_500_000]).await.unwrap();
    suite_tests::until("the first pieces are stored", || async {
        app.value("SELECT count(*) FROM imports").await == "1"
    })
    .await;
    drop(stream);
    suite_tests::until("they are gone", || async {
        app.value("SELECT count(*) FROM imports").await == "0"
    })
    .await;
    assert_eq!(app.value("SELECT count(*) FROM jobs").await, "0");
}

#[tokio::test]
async fn a_body_may_be_sent_without_its_length() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let body = r#"{"name":"till"}"#;
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let head = format!(
        "POST /v1/tokens HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        merchant.token()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for byte in body.chars() {
        let chunk = format!("1\r\n{byte}\r\n");
        stream.write_all(chunk.as_bytes()).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let same = with_json(
        merchant.request(Method::POST, "/v1/tokens"),
        &json!({"name": "till"}),
    );
    Answer::of(same).await.assert_status(201);
}
