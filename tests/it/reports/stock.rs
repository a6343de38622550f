//! Stock in reports: what it is worth, how much of it was sold, and what to order.

use serde_json::{Value, json};
use suite_tests::{Client, TestApp};

use super::{result, store_with};

/// The clock stands at 2026-03-02. Mugs sell four a day on the 90 days to 2026-03-01; the pot was sold once.
fn lines() -> String {
    let last: chrono::NaiveDate = "2026-03-01".parse().unwrap();
    let mugs: String = (0..90u64)
        .map(|day| {
            let date = last - chrono::Days::new(day);
            format!("{day},MUG,Mug,4,{date} 10:00:00,2.50,,UK\n")
        })
        .collect();
    format!(
        "{mugs}900,POT,Pot,1,2026-02-01 10:00:00,9,,UK\n901,CUP,Cup,3,2026-02-01 10:00:00,1,,UK\n"
    )
}

async fn variant(merchant: &Client, sku: &str) -> Value {
    let found = merchant.get(&format!("/v1/variants?sku={sku}")).await;
    found.expect(200).json()["items"][0]["id"].clone()
}

/// Ten mugs came at 2.00 and ten at 4.00, twelve went; three pots came at no stated cost.
async fn shop(app: &TestApp, merchant: &Client) -> String {
    let store = store_with(app, merchant, &lines()).await;
    let (mug, pot) = (
        variant(merchant, "MUG").await,
        variant(merchant, "POT").await,
    );
    let receive = async |at: &str, variant: &Value, quantity: &str, cost: Value| {
        let mut line = json!({"variant_id": variant, "quantity": quantity});
        if !cost.is_null() {
            line["unit_cost"] = cost;
        }
        let body =
            json!({"store_id": store, "lines": [line], "occurred_at": format!("{at}T10:00:00Z")});
        merchant
            .post("/v1/inventory/receipts", &body)
            .await
            .assert_status(201);
    };
    receive("2026-01-01", &mug, "10", json!("2")).await;
    receive("2026-01-11", &mug, "10", json!("4")).await;
    receive("2026-02-01", &pot, "3", Value::Null).await;
    let lines = json!([{"variant_id": mug, "quantity": "-12"}]);
    let body = json!({"store_id": store, "reason": "sold", "lines": lines, "occurred_at": "2026-01-20T10:00:00Z"});
    merchant
        .post("/v1/inventory/adjustments", &body)
        .await
        .assert_status(201);
    store
}

#[tokio::test]
async fn stock_is_valued_at_average_cost_and_first_in_first_out_at_the_end_of_any_day() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = shop(&app, &merchant).await;
    let value = async |to: &str| {
        let body = json!({"store_id": store, "kind": "inventory_value", "to": to});
        result(&app, &merchant, &body).await
    };
    let report = value("2026-01-31").await;
    // Average (20 + 40) ÷ 20 = 3; the eight mugs left are of the second arrival, twenty days old.
    assert_eq!(
        report["series"]["product"],
        json!([{"key": "MUG", "label": "Mug", "on_hand": "8", "unit_cost": "3.00", "value_average": "24.00",
                "value_fifo": "32.00", "age_days": "20"}])
    );
    assert_eq!(report["from"], report["to"]);
    let report = value("2026-02-01").await;
    assert_eq!(
        report["totals"],
        json!({"variants": 2, "on_hand": "11", "value_average": "24.00", "value_fifo": "32.00", "unvalued": 1})
    );
    let report = value("2026-01-10").await;
    assert_eq!(report["totals"]["value_fifo"], "20.00");
    assert_eq!(value("2025-12-31").await["series"]["product"], json!([]));
}

#[tokio::test]
async fn sell_through_is_what_was_sold_of_what_was_there() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = shop(&app, &merchant).await;
    let body = json!({"store_id": store, "kind": "sell_through", "from": "2026-01-11", "to": "2026-02-28"});
    let report = result(&app, &merchant, &body).await;
    let rows = report["series"]["product"].as_array().unwrap();
    let row = |sku: &str| rows.iter().find(|row| row["key"] == sku).unwrap();
    // 49 days of four mugs; 196 ÷ (196 + 8).
    assert_eq!(
        row("MUG"),
        &json!({"key": "MUG", "label": "Mug", "units": "196", "gross": "490.00", "opening": "10", "received": "10",
                "on_hand": "8", "sell_through_percent": "96.08"})
    );
    assert_eq!(row("POT")["sell_through_percent"], "25");
    // Nobody ever counted the cups.
    assert_eq!(
        row("CUP"),
        &json!({"key": "CUP", "label": "Cup", "units": "3", "gross": "3.00"})
    );
    // 197 ÷ (197 + 11).
    assert_eq!(report["totals"]["sell_through_percent"], "94.71");
    assert_eq!(report["totals"]["units"], "200");
}

#[tokio::test]
async fn what_to_order_comes_from_an_analysis_of_that_day() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = shop(&app, &merchant).await;
    let vendor = json!({"store_id": store, "name": "Mill", "lead_time_days": 9});
    let vendor = merchant
        .post("/v1/vendors", &vendor)
        .await
        .expect(201)
        .json()["id"]
        .clone();
    let prices = json!([{"variant_id": variant(&merchant, "MUG").await, "price": "1.50", "minimum_quantity": "50", "pack_size": "12"}]);
    let body = json!({"vendor_id": vendor, "prices": prices});
    merchant
        .post("/v1/supplier-prices", &body)
        .await
        .assert_status(204);
    let body = json!({"store_id": store, "kind": "reorder", "to": "2026-03-01"});
    let report = result(&app, &merchant, &body).await;
    let rows = report["series"]["product"].as_array().unwrap();
    // Four a day without any deviation: 4 × (9 + 7) − 8 = 56, in packs of twelve 60, at an average cost of 3.00.
    let mug = rows.iter().find(|row| row["key"] == "MUG").unwrap();
    for (name, value) in [
        ("vendor", "Mill"),
        ("available", "8"),
        ("demand_per_day", "4"),
        ("days_of_cover", "2"),
        ("reorder_point", "36"),
        ("suggested_quantity", "60"),
        ("unit_cost", "3.00"),
        ("cost", "180.00"),
        ("lost_revenue_per_day", "10.00"),
    ] {
        assert_eq!(mug[name], value, "{name}: {mug}");
    }
    assert_eq!(report["series"]["vendor"][0]["key"], "Mill");
    assert_eq!(report["totals"]["cost"], "180.00");
}
