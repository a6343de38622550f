//! Reports, from the file of lines that a merchant uploads to the table that a spreadsheet opens.

mod figures;
mod kinds;
mod life;
mod real_file;
mod refusals;
mod stock;

use serde_json::{Value, json};
use suite_tests::{Client, TestApp};

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

/// Makes a store in London and imports `lines` into it.
async fn store_with(app: &TestApp, merchant: &Client, lines: &str) -> String {
    let store = merchant.store("GBP", "Europe/London").await;
    let file = format!("{HEADER}{lines}");
    merchant
        .upload(&store, "invoice_lines", file)
        .await
        .assert_status(202);
    app.run_jobs().await;
    store
}

/// What asks for a revenue report.
fn request(store: &str, from: &str, to: &str, group_by: &[&str]) -> Value {
    json!({"store_id": store, "kind": "revenue", "from": from, "to": to, "group_by": group_by})
}

/// Has a report made and returns its path.
async fn make(app: &TestApp, merchant: &Client, request: &Value) -> String {
    let job = merchant.post("/v1/reports", request).await.expect(202);
    app.run_jobs().await;
    let job = merchant
        .get(job.header("location"))
        .await
        .expect(200)
        .json();
    assert_eq!(job["state"], "succeeded", "{job}");
    let report = job["result"]["report_id"].as_str().unwrap();
    format!("/v1/reports/{report}")
}

/// Has a report made and returns its result.
async fn result(app: &TestApp, merchant: &Client, request: &Value) -> Value {
    let path = make(app, merchant, request).await;
    merchant.get(&path).await.expect(200).json()["result"].clone()
}
