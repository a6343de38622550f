use serde_json::{Value, json};
use suite_tests::{Client, TestApp};

use super::request;

async fn fields_at_fault(merchant: &Client, body: &Value) -> Vec<String> {
    let problem = merchant
        .post("/v1/reports", body)
        .await
        .problem(422, "invalid");
    let errors = problem["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| error["field"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_request_for_a_report_is_told_every_fault_at_once() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let mut body = request(&store, "2026-02-30", "2026-03-01", &["month", "hour"]);
    body["kind"] = "taxes".into();
    assert_eq!(
        fields_at_fault(&merchant, &body).await,
        ["kind", "from", "group_by[1]"]
    );
    let problem = merchant.post("/v1/reports", &body).await.json();
    assert!(
        problem["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("`revenue`, `products`, `customers`"),
        "{problem}"
    );
    let mut body = request(&store, "2011-01-01", "2011-01-31", &["month"]);
    body["kind"] = "products".into();
    body["compare"] = "last_week".into();
    assert_eq!(
        fields_at_fault(&merchant, &body).await,
        ["group_by[0]", "compare"]
    );
    let body = json!({"store_id": store, "kind": "sell_through", "to": "2011-01-31"});
    assert_eq!(fields_at_fault(&merchant, &body).await, ["from"]);
    for (from, to, field) in [
        ("2011-02-01", "2011-01-31", "to"),
        ("2011-01-01", "2111-01-01", "to"),
        ("0000-01-01", "2011-01-01", "from"),
        ("2011-01-01", "9999-12-31", "to"),
    ] {
        let body = request(&store, from, to, &[]);
        assert_eq!(
            fields_at_fault(&merchant, &body).await,
            [field],
            "{from} {to}"
        );
    }
    assert_eq!(app.value("SELECT count(*) FROM reports").await, "0");
    assert_eq!(app.value("SELECT count(*) FROM jobs").await, "0");
}

#[tokio::test]
async fn a_request_for_a_report_with_an_unknown_field_is_not_read() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let mut body = request(&store, "2011-01-01", "2011-01-31", &[]);
    body["account_id"] = json!("0190d3c8-7c00-7000-8000-000000000001");
    merchant
        .post("/v1/reports", &body)
        .await
        .problem(400, "invalid");
}

#[tokio::test]
async fn a_store_of_somebody_else_cannot_be_reported_on() {
    let app = TestApp::new().await;
    let store = app.account().await.store("GBP", "Europe/London").await;
    let stranger = app.account().await;
    let theirs = request(&store, "2011-01-01", "2011-01-31", &[]);
    let nobodys = request(
        "0190d3c8-7c00-7000-8000-000000000001",
        "2011-01-01",
        "2011-01-31",
        &[],
    );
    let mut answers = Vec::new();
    for body in [theirs, nobodys] {
        let mut problem = stranger
            .post("/v1/reports", &body)
            .await
            .problem(404, "not_found");
        problem["request_id"] = Value::Null;
        answers.push(problem);
    }
    assert_eq!(answers[0], answers[1]);
}
