//! A merchant who has one of everything.

use serde_json::{Value, json};
use suite_tests::{Client, INVOICE_LINES, TestApp};

use super::matrix::Thing;

/// Everything that a merchant has.
pub(super) struct Belongings {
    pub(super) store: String,
    token: String,
    import: String,
    order: String,
    report: String,
    schedule: String,
    job: String,
    location: String,
    document: String,
    check: String,
    analysis: String,
    vendor: String,
    purchase: String,
    variant: String,
}

impl Belongings {
    pub(super) async fn make(app: &TestApp, merchant: &Client) -> Self {
        let store = merchant.store("GBP", "Europe/London").await;
        let token = merchant.post("/v1/tokens", &json!({"name": "till"})).await;
        let upload = merchant
            .upload(&store, "invoice_lines", INVOICE_LINES)
            .await
            .expect(202);
        app.run_jobs().await;
        let report =
            json!({"store_id": store, "kind": "revenue", "from": "2026-01-01", "to": "2026-01-31"});
        merchant
            .post("/v1/reports", &report)
            .await
            .assert_status(202);
        let schedule = json!({"store_id": store, "kind": "revenue", "rhythm": "daily", "time": "07:00",
            "recipients": ["ada@example.com"]});
        merchant
            .post("/v1/report-schedules", &schedule)
            .await
            .assert_status(201);
        furnish_stock(app, merchant, &store).await;
        let newest = async |path: &str| {
            let list = merchant.get(path).await.expect(200).json();
            text(&list["items"][0]["id"])
        };
        Self {
            token: text(&token.expect(201).json()["id"]),
            import: newest("/v1/imports").await,
            order: newest("/v1/orders").await,
            report: newest("/v1/reports").await,
            schedule: newest("/v1/report-schedules").await,
            job: text(&upload.json()["id"]),
            location: newest("/v1/locations").await,
            document: newest("/v1/inventory/documents").await,
            check: newest("/v1/inventory/checks").await,
            analysis: newest("/v1/inventory/analyses").await,
            vendor: newest("/v1/vendors").await,
            purchase: newest("/v1/purchase-orders").await,
            variant: newest("/v1/variants").await,
            store,
        }
    }

    pub(super) fn id(&self, thing: Thing) -> &str {
        match thing {
            Thing::Store => &self.store,
            Thing::Token => &self.token,
            Thing::Import => &self.import,
            Thing::Order => &self.order,
            Thing::Report => &self.report,
            Thing::Schedule => &self.schedule,
            Thing::Job => &self.job,
            Thing::Location => &self.location,
            Thing::Document => &self.document,
            Thing::Check => &self.check,
            Thing::Analysis => &self.analysis,
            Thing::Vendor => &self.vendor,
            Thing::Purchase => &self.purchase,
            Thing::Variant => &self.variant,
        }
    }
}

/// Makes a vendor with a price, an order, a count, a check and an analysis.
async fn furnish_stock(app: &TestApp, merchant: &Client, store: &str) {
    let variants = merchant.get("/v1/variants").await.expect(200).json();
    let variant = &variants["items"][0]["id"];
    let vendor = json!({"store_id": store, "name": "Mill", "lead_time_days": 9});
    let vendor = merchant.post("/v1/vendors", &vendor).await.expect(201);
    let vendor = &vendor.json()["id"];
    let price = json!({"vendor_id": vendor, "prices": [{"variant_id": variant, "price": "1.50"}]});
    let lines = json!([{"variant_id": variant, "quantity": "12"}]);
    let order = json!({"store_id": store, "vendor_id": vendor, "lines": lines});
    let count = json!({"store_id": store, "lines": [{"variant_id": variant, "counted": "7"}]});
    for (path, body, status) in [
        ("/v1/supplier-prices", price, 204),
        ("/v1/purchase-orders", order, 201),
        ("/v1/inventory/counts", count, 201),
        ("/v1/inventory/checks", json!({"store_id": store}), 202),
        ("/v1/inventory/analyses", json!({"store_id": store}), 202),
    ] {
        merchant.post(path, &body).await.assert_status(status);
    }
    app.run_jobs().await;
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
