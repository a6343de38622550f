//! What an analysis says of a shop whose numbers are worked out by hand.

use std::fmt::Write;

use serde_json::{Value, json};

use super::scene::{Scene, text};

/// The clock stands at 2026-03-02. Mugs sell 2, 4 and 6 in turn on the 90 days to 2026-03-01, at 2.50; one pot was sold a year ago.
async fn shop() -> Scene {
    let mut lines = String::from(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n",
    );
    let last: chrono::NaiveDate = "2026-03-01".parse().unwrap();
    for day in 0..90u64 {
        let date = last - chrono::Days::new(89 - day);
        let pieces = [2, 4, 6][usize::try_from(day % 3).unwrap()];
        writeln!(lines, "{day},MUG,Mug,{pieces},{date} 10:00,2.50,,UK").unwrap();
        writeln!(lines, "{day},POST,Postage,1,{date} 10:00,100,,UK").unwrap();
    }
    lines.push_str("900,POT,Pot,1,2025-03-01 10:00,9,,UK\n");
    Scene::selling(lines).await
}

async fn analyse(scene: &Scene, terms: Value) -> (Value, Vec<Value>) {
    let started = scene.act("analyses", terms).await.expect(202);
    let related = started.header("link").to_owned();
    let path = related
        .trim_start_matches('<')
        .split('>')
        .next()
        .unwrap()
        .to_owned();
    scene.app.run_jobs().await;
    let analysis = scene.merchant.get(&path).await.expect(200).json();
    assert_ne!(analysis["finished_at"], json!(null), "{analysis}");
    let items = scene
        .merchant
        .get(&format!("{path}/items"))
        .await
        .expect(200)
        .json();
    (analysis, items["items"].as_array().unwrap().clone())
}

fn item<'a>(items: &'a [Value], sku: &str) -> &'a Value {
    items.iter().find(|item| item["sku"] == sku).unwrap()
}

async fn supply(scene: &Scene) -> String {
    let vendor = scene.vendor(json!({"lead_time_days": 9})).await;
    let prices = json!([{"variant_id": scene.mug, "price": "1.50", "minimum_quantity": "50", "pack_size": "12"}]);
    let body = json!({"vendor_id": vendor, "prices": prices});
    scene
        .merchant
        .post("/v1/supplier-prices", &body)
        .await
        .assert_status(204);
    vendor
}

#[tokio::test]
async fn an_item_says_what_runs_out_what_to_order_and_why() {
    let scene = shop().await;
    let vendor = supply(&scene).await;
    let lines = json!([{"variant_id": scene.mug, "quantity": "16", "unit_cost": "1.50"},
                       {"variant_id": scene.pot, "quantity": "3", "unit_cost": "4"}]);
    let body =
        json!({"reason": "opening stock", "lines": lines, "occurred_at": "2026-02-20T10:00:00Z"});
    scene.act("adjustments", body).await.assert_status(201);
    let (analysis, items) =
        analyse(&scene, json!({"as_of": "2026-03-01", "look_back_days": 90})).await;
    assert_eq!(items.len(), 2, "postage is no merchandise");
    let mug = item(&items, "MUG");
    let figures = &mug["figures"];
    assert_eq!((&mug["rank"], &mug["vendor"]), (&json!(1), &json!("Mill")));
    for (name, value) in [
        ("available", "16"),
        ("demand_per_day", "4"),
        ("demand_deviation", "1.6421"),
        ("days_of_cover", "4"),
        ("sell_out_on", "2026-03-05"),
        ("last_order_on", "2026-02-24"),
        ("safety_stock", "8.1"),
        ("reorder_point", "44.1"),
        ("order_up_to", "72.1"),
        ("suggested_quantity", "60"),
        ("lost_revenue_per_day", "10.00"),
        ("days_uncovered", "12"),
        ("cost_of_ignoring", "120.00"),
        ("value_average", "24.00"),
        ("value_fifo", "24.00"),
        ("age_days", "9"),
        ("abc", "A"),
        ("xyz", "X"),
        ("gross", "900.00"),
        ("sell_through", "0.9574"),
    ] {
        assert_eq!(figures[name], value, "{name}: {figures}");
    }
    assert_eq!(figures["is_due"], true);
    let why = &mug["explain"]["reorder_point"];
    assert_eq!(
        (&why["value"], &why["inputs"]["safety_stock"]),
        (&json!("44.1"), &json!("8.1"))
    );
    let pot = &item(&items, "POT")["figures"];
    assert_eq!(
        (&pot["is_dead"], &pot["overstock_value"]),
        (&json!(true), &json!("12.00"))
    );
    assert_eq!(pot["last_sold_on"], "2025-03-01");
    let summary = &analysis["summary"];
    assert_eq!(
        (&summary["items"], &summary["due"], &summary["dead"]),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(summary["value_average"], "36.00");
    // The suggestion becomes an order, at the vendor's price.
    let body = json!({"store_id": scene.store, "vendor_id": vendor, "analysis_id": analysis["id"]});
    let order = scene
        .merchant
        .post("/v1/purchase-orders", &body)
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&order["lines"][0]["quantity"], &order["total"]),
        (&json!("60"), &json!("90.00"))
    );
}

#[tokio::test]
async fn stock_is_valued_as_of_any_day() {
    let scene = shop().await;
    for (at, quantity, cost) in [("2026-01-10", "10", "2"), ("2026-01-20", "10", "4")] {
        let lines = json!([{"variant_id": scene.mug, "quantity": quantity, "unit_cost": cost}]);
        let body = json!({"lines": lines, "occurred_at": format!("{at}T10:00:00Z")});
        scene.act("receipts", body).await.assert_status(201);
    }
    let lines = json!([{"variant_id": scene.mug, "quantity": "-12"}]);
    let body = json!({"reason": "sold", "lines": lines, "occurred_at": "2026-01-25T10:00:00Z"});
    scene.act("adjustments", body).await.assert_status(201);
    for (day, on_hand, average, fifo) in [
        ("2026-01-09", None, None, None),
        ("2026-01-15", Some("10"), Some("20.00"), Some("20.00")),
        ("2026-01-22", Some("20"), Some("60.00"), Some("60.00")),
        ("2026-03-02", Some("8"), Some("24.00"), Some("32.00")),
    ] {
        let (_, items) = analyse(&scene, json!({"as_of": day})).await;
        let figures = &item(&items, "MUG")["figures"];
        let shown = |name: &str| {
            figures
                .get(name)
                .and_then(Value::as_str)
                .map(ToOwned::to_owned)
        };
        assert_eq!(shown("on_hand").as_deref(), on_hand, "{day}");
        assert_eq!(shown("value_average").as_deref(), average, "{day}");
        assert_eq!(shown("value_fifo").as_deref(), fifo, "{day}");
    }
}

#[tokio::test]
async fn nothing_is_claimed_of_what_was_never_counted() {
    let scene = shop().await;
    let (analysis, items) = analyse(&scene, json!({"as_of": "2026-03-01"})).await;
    let figures = &item(&items, "MUG")["figures"];
    assert_eq!(figures["demand_per_day"], "4");
    for name in [
        "on_hand",
        "days_of_cover",
        "suggested_quantity",
        "value_average",
    ] {
        assert_eq!(figures[name], json!(null), "{name}");
    }
    assert_eq!(analysis["summary"]["untracked"], 2);
    // Twelve whole weeks of mugs are a history; one pot a year ago is told by none of the last weeks.
    assert_eq!(figures["forecast"]["weeks"], 12);
    assert_eq!(figures["forecast"]["tested_weeks"], 4);
}

#[tokio::test]
async fn locations_bear_their_shares_of_the_demand() {
    let scene = shop().await;
    let body = json!({"store_id": scene.store, "name": "Shop", "demand_share": "0.25"});
    scene
        .merchant
        .post("/v1/locations", &body)
        .await
        .assert_status(201);
    let (_, items) = analyse(&scene, json!({"as_of": "2026-03-01", "look_back_days": 90})).await;
    let mut rates: Vec<(String, String)> = items
        .iter()
        .filter(|item| item["sku"] == "MUG")
        .map(|item| {
            (
                text(&item["location"]),
                text(&item["figures"]["demand_per_day"]),
            )
        })
        .collect();
    rates.sort();
    assert_eq!(
        rates,
        [
            ("Main".to_owned(), "3".to_owned()),
            ("Shop".to_owned(), "1".to_owned())
        ]
    );
}

#[tokio::test]
async fn days_without_stock_say_nothing_of_demand() {
    let scene = shop().await;
    // Sold out by an adjustment on the day after the last sale: the pot had stock for one day of the look-back.
    let move_pots = async |quantity: &str, at: &str| {
        let lines = json!([{"variant_id": scene.pot, "quantity": quantity}]);
        let body = json!({"reason": "moved", "lines": lines, "occurred_at": at});
        scene.act("adjustments", body).await.assert_status(201);
    };
    move_pots("5", "2026-01-01T10:00:00Z").await;
    move_pots("-5", "2026-02-20T10:00:00Z").await;
    let (_, items) = analyse(&scene, json!({"as_of": "2026-03-01", "look_back_days": 90})).await;
    let pot = &item(&items, "POT")["figures"];
    // The 21st of February to the 1st of March: nine days.
    assert_eq!(
        (&pot["days_out_of_stock"], &pot["days_counted"]),
        (&json!(9), &json!(81))
    );
}

#[tokio::test]
async fn items_are_filtered_and_paged_by_rank() {
    let scene = shop().await;
    scene.count(&scene.mug, "3").await;
    scene.count(&scene.pot, "3").await;
    let started = scene.act("analyses", json!({})).await.expect(202);
    scene.app.run_jobs().await;
    let path = started
        .header("link")
        .trim_start_matches('<')
        .split('>')
        .next()
        .unwrap()
        .to_owned();
    let page = scene
        .merchant
        .get(&format!("{path}/items?limit=1"))
        .await
        .expect(200)
        .json();
    assert_eq!(page["items"][0]["rank"], 1);
    let cursor = text(&page["next_cursor"]);
    let next = scene
        .merchant
        .get(&format!("{path}/items?limit=1&cursor={cursor}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&next["items"][0]["rank"], &next["next_cursor"]),
        (&json!(2), &json!(null))
    );
    for (filter, skus) in [
        ("is_dead=true", vec!["POT"]),
        ("is_due=true", vec!["MUG"]),
        ("abc=C", vec![]),
        ("is_suggested=true", vec!["MUG"]),
    ] {
        let list = scene
            .merchant
            .get(&format!("{path}/items?{filter}"))
            .await
            .expect(200)
            .json();
        let found: Vec<String> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| text(&item["sku"]))
            .collect();
        assert_eq!(found, skus, "{filter}");
    }
}

#[tokio::test]
async fn terms_out_of_bounds_are_refused_together() {
    let scene = Scene::new().await;
    let body = json!({"as_of": "2026-03-03", "look_back_days": 3, "service_level": "half", "holding_rate": "101"});
    let refused = scene.act("analyses", body).await;
    super::scene::assert_faults(
        &refused,
        &["as_of", "service_level", "look_back_days", "holding_rate"],
    );
    let refused = scene.act("analyses", json!({"as_of": "2026-02-30"})).await;
    refused.problem(400, "invalid");
}

#[tokio::test]
async fn what_a_store_names_as_no_merchandise_is_left_out_of_its_analyses() {
    let scene = shop().await;
    let path = format!("/v1/stores/{}/stock-terms", scene.store);
    let named = json!({"non_merchandise": ["MU*"]});
    scene.merchant.put(&path, &named).await.assert_status(200);
    let (_, items) = analyse(&scene, json!({"as_of": "2026-03-01"})).await;
    let mut skus: Vec<String> = items.iter().map(|item| text(&item["sku"])).collect();
    skus.sort();
    // Its list stands in place of the usual one, on which POST is.
    assert_eq!(skus, ["POST", "POT"]);
    let wishes = json!({"as_of": "2026-03-01", "excluded_skus": ["POT"]});
    let (_, items) = analyse(&scene, wishes).await;
    assert_eq!(items.len(), 1, "{items:?}");
}
