//! A shop with two things to sell.

use serde_json::{Value, json};
use suite_tests::{Answer, Client, TestApp};

/// A shop of one account, with its variants by SKU.
pub(crate) struct Scene {
    pub(crate) app: TestApp,
    pub(crate) merchant: Client,
    pub(crate) store: String,
    pub(crate) mug: String,
    pub(crate) pot: String,
}

/// Two variants, sold once, with no stock known.
const LINES: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,MUG,Mug,2,2026-02-01 10:00,2.50,,UK
1,POT,\"=Pot\",1,2026-02-01 10:00,9.00,,UK
";

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::selling(LINES.to_owned()).await
    }

    /// A shop that has sold these lines, among them a MUG and a POT.
    pub(crate) async fn selling(lines: String) -> Self {
        let app = TestApp::new().await;
        let merchant = app.account().await;
        let store = merchant.store("GBP", "Europe/London").await;
        merchant
            .upload(&store, "invoice_lines", lines)
            .await
            .assert_status(202);
        app.run_jobs().await;
        let id = async |sku: &str| {
            let found = merchant.get(&format!("/v1/variants?sku={sku}")).await;
            text(&found.expect(200).json()["items"][0]["id"])
        };
        let (mug, pot) = (id("MUG").await, id("POT").await);
        Self {
            app,
            merchant,
            store,
            mug,
            pot,
        }
    }

    /// Does something to the store's stock.
    pub(crate) async fn act(&self, act: &str, mut body: Value) -> Answer {
        body["store_id"] = json!(self.store);
        self.merchant
            .post(&format!("/v1/inventory/{act}"), &body)
            .await
    }

    pub(crate) async fn count(&self, variant: &str, counted: &str) {
        let lines = json!([{"variant_id": variant, "counted": counted}]);
        self.act("counts", json!({"lines": lines}))
            .await
            .assert_status(201);
    }

    /// Returns on hand, reserved, available and incoming of a variant at its only location.
    pub(crate) async fn level(&self, variant: &str) -> [String; 4] {
        let path = format!("/v1/inventory?variant_id={variant}");
        let list = self.merchant.get(&path).await.expect(200).json();
        ["on_hand", "reserved", "available", "incoming"].map(|name| text(&list["items"][0][name]))
    }

    /// Returns the ledger's lines of a variant, the last first: level, before and after.
    pub(crate) async fn ledger(&self, variant: &str) -> Vec<[String; 3]> {
        let path = format!("/v1/inventory/movements?variant_id={variant}");
        let list = self.merchant.get(&path).await.expect(200).json();
        let lines = list["items"].as_array().unwrap().iter();
        lines
            .map(|line| ["level", "before", "after"].map(|name| text(&line[name])))
            .collect()
    }

    pub(crate) async fn vendor(&self, body: Value) -> String {
        let mut vendor = json!({"store_id": self.store, "name": "Mill", "lead_time_days": 9});
        for (name, value) in body.as_object().unwrap() {
            vendor[name] = value.clone();
        }
        let made = self.merchant.post("/v1/vendors", &vendor).await;
        text(&made.expect(201).json()["id"])
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Makes sure of the fields at fault.
pub(crate) fn assert_faults(answer: &Answer, fields: &[&str]) {
    let problem = answer.problem(422, "invalid");
    let told: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["field"].as_str().unwrap())
        .collect();
    assert_eq!(told, fields, "{problem}");
}
