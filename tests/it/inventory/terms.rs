//! When stock is low, and which SKUs are no merchandise.

use reqwest::Method;
use serde_json::{Value, json};
use suite_db::inventory::stock_terms;
use suite_tests::{Answer, with_json};

use super::scene::{Scene, assert_faults, text};

/// The SKUs of which stock is low, with pieces and threshold, as alerts see them.
async fn low(scene: &Scene) -> Vec<String> {
    let mut tx = scene
        .app
        .db
        .account(scene.merchant.account_id())
        .await
        .unwrap();
    let store = scene.store.parse().unwrap();
    let low = stock_terms::low_variants(&mut tx, store).await.unwrap();
    low.iter()
        .map(|low| format!("{} {} {}", low.sku, low.available, low.threshold))
        .collect()
}

async fn levels(scene: &Scene, query: &str) -> Vec<(String, bool)> {
    let path = format!("/v1/inventory?{query}");
    let list = scene.merchant.get(&path).await.expect(200).json();
    let rows = list["items"].as_array().unwrap().iter();
    rows.map(|row| (text(&row["sku"]), row["is_low"] == true))
        .collect()
}

#[tokio::test]
async fn a_variant_is_low_at_or_below_its_own_threshold_or_the_stores() {
    let scene = Scene::new().await;
    scene.count(&scene.mug, "10").await;
    scene.count(&scene.pot, "11").await;
    assert_eq!(low(&scene).await, ["MUG 10 10"]);
    let shown = levels(&scene, "is_low=true").await;
    assert_eq!(shown, [("MUG".to_owned(), true)]);
    let own = format!("/v1/variants/{}/low-stock-threshold", scene.pot);
    let set = scene
        .merchant
        .put(&own, &json!({"low_stock_threshold": "11"}))
        .await;
    assert_eq!(set.expect(200).json()["low_stock_threshold"], "11");
    let terms = format!("/v1/stores/{}/stock-terms", scene.store);
    let lower = json!({"low_stock_threshold": "9.5"});
    scene.merchant.put(&terms, &lower).await.assert_status(200);
    assert_eq!(low(&scene).await, ["POT 11 11"]);
    let not_low = levels(&scene, "is_low=false").await;
    assert_eq!(not_low, [("MUG".to_owned(), false)]);
    let back = scene
        .merchant
        .put(&own, &json!({"low_stock_threshold": null}))
        .await;
    assert_eq!(back.expect(200).json()["low_stock_threshold"], "9.5");
    assert_eq!(low(&scene).await, [""; 0]);
}

#[tokio::test]
async fn pieces_at_all_locations_count_together() {
    let scene = Scene::new().await;
    scene.count(&scene.mug, "6").await;
    assert_eq!(low(&scene).await, ["MUG 6 10"]);
    let shop = json!({"store_id": scene.store, "name": "Shop"});
    let shop = scene.merchant.post("/v1/locations", &shop).await;
    let shop = text(&shop.expect(201).json()["id"]);
    let lines = json!([{"variant_id": scene.mug, "counted": "5"}]);
    let count = json!({"location_id": shop, "lines": lines});
    scene.act("counts", count).await.assert_status(201);
    assert_eq!(low(&scene).await, [""; 0]);
    assert!(levels(&scene, "is_low=true").await.is_empty());
}

#[tokio::test]
async fn what_is_no_merchandise_is_never_low() {
    let scene = Scene::new().await;
    scene.count(&scene.mug, "1").await;
    let path = format!("/v1/stores/{}/stock-terms", scene.store);
    let usual = scene.merchant.get(&path).await.expect(200);
    let (tag, usual) = (usual.header("etag").to_owned(), usual.json());
    assert_eq!(usual["is_usual"], true);
    let is_listed = |terms: &Value, sku: &str| {
        let listed = terms["non_merchandise"].as_array().unwrap();
        listed.contains(&json!(sku))
    };
    assert!(is_listed(&usual, "POST") && is_listed(&usual, "gift_*"));
    let put = async |body: Value, tag: &str| {
        let request = with_json(scene.merchant.request(Method::PUT, &path), &body);
        Answer::of(request.header("if-match", tag)).await
    };
    let named = put(json!({"non_merchandise": ["MUG", "BAG*"]}), &tag).await;
    let named = named.expect(200).json();
    assert_eq!(named["non_merchandise"], json!(["BAG*", "MUG"]));
    assert_eq!(low(&scene).await, [""; 0]);
    // Who has not seen that is told, and whoever has can go back to the usual list.
    put(json!({}), &tag)
        .await
        .problem(412, "precondition_failed");
    let again = put(json!({}), "*").await.expect(200).json();
    assert_eq!(again, usual);
    let bad = json!({"low_stock_threshold": "-1", "non_merchandise": ["*"]});
    assert_faults(
        &put(bad, "*").await,
        &["low_stock_threshold", "non_merchandise"],
    );
}
