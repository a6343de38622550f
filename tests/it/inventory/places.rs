//! Locations and their shares, vendors and their prices.

use serde_json::json;
use suite_tests::{Answer, with_json};

use super::scene::{Scene, assert_faults, text};

#[tokio::test]
async fn shares_of_demand_are_never_more_than_all_of_it() {
    let scene = Scene::new().await;
    let make = async |name: &str, share: &str| {
        let body = json!({"store_id": scene.store, "name": name, "demand_share": share});
        scene.merchant.post("/v1/locations", &body).await
    };
    let shop = make("Shop", "0.6").await.expect(201).json();
    assert_eq!(shop["demand_share"], "0.6");
    assert_faults(&make("Fair", "0.5").await, &["demand_share"]);
    make("Fair", "0.4").await.assert_status(201);
    make("Fair", "0").await.problem(409, "already_exists");
    let path = format!("/v1/locations/{}", text(&shop["id"]));
    let changed = scene
        .merchant
        .patch(&path, &json!({"demand_share": ""}))
        .await;
    assert_eq!(changed.expect(200).json()["demand_share"], json!(null));
}

#[tokio::test]
async fn one_location_of_a_store_is_its_default() {
    let scene = Scene::new().await;
    let body = json!({"store_id": scene.store, "name": "Shop"});
    let shop = scene
        .merchant
        .post("/v1/locations", &body)
        .await
        .expect(201);
    let tag = shop.header("etag").to_owned();
    let path = format!("/v1/locations/{}", text(&shop.json()["id"]));
    let change = async |tag: &str| {
        let request = scene.merchant.request(reqwest::Method::PATCH, &path);
        let request = with_json(request, &json!({"is_default": true}));
        Answer::of(request.header("if-match", tag)).await
    };
    change("\"9\"").await.problem(412, "precondition_failed");
    change(&tag).await.assert_status(200);
    change(&tag).await.problem(412, "precondition_failed");
    let list = scene.merchant.get("/v1/locations").await.json();
    let defaults = list["items"].as_array().unwrap().iter();
    let names: Vec<String> = defaults
        .filter(|place| place["is_default"] == true)
        .map(|place| text(&place["name"]))
        .collect();
    assert_eq!(names, ["Shop"]);
    scene.count(&scene.mug, "1").await;
    let level = scene.merchant.get("/v1/inventory").await.json();
    assert_eq!(level["items"][0]["location"], "Shop");
}

#[tokio::test]
async fn a_vendor_has_terms_within_bounds_and_a_name_of_its_own() {
    let scene = Scene::new().await;
    let vendor = scene.vendor(json!({"currency": "EUR"})).await;
    let bad = json!({"store_id": scene.store, "name": "", "email": "nobody", "currency": "EURO", "lead_time_days": 366});
    let refused = scene.merchant.post("/v1/vendors", &bad).await;
    assert_faults(&refused, &["name", "email", "lead_time_days", "currency"]);
    let again = json!({"store_id": scene.store, "name": "Mill", "lead_time_days": 1});
    let refused = scene.merchant.post("/v1/vendors", &again).await;
    refused.problem(409, "already_exists");
    let path = format!("/v1/vendors/{vendor}");
    let changed = scene
        .merchant
        .patch(&path, &json!({"lead_time_days": 3}))
        .await;
    let changed = changed.expect(200).json();
    assert_eq!(
        (&changed["lead_time_days"], &changed["currency"]),
        (&json!(3), &json!("EUR"))
    );
}

#[tokio::test]
async fn of_several_vendors_the_last_that_was_preferred_is() {
    let scene = Scene::new().await;
    let (mill, kiln) = (
        scene.vendor(json!({})).await,
        scene.vendor(json!({"name": "Kiln"})).await,
    );
    let set = async |vendor: &str, price: &str| {
        let prices = json!([{"variant_id": scene.mug, "price": price, "minimum_quantity": "10",
                             "pack_size": "6", "is_preferred": true}]);
        let body = json!({"vendor_id": vendor, "prices": prices});
        scene.merchant.post("/v1/supplier-prices", &body).await
    };
    set(&mill, "1.25").await.assert_status(204);
    set(&kiln, "2").await.assert_status(204);
    set(&kiln, "1.75").await.assert_status(204);
    let list = scene.merchant.get("/v1/supplier-prices").await.json();
    let rows = list["items"].as_array().unwrap();
    let shown = |row: &serde_json::Value| (text(&row["price"]), row["is_preferred"] == true);
    let mut rows: Vec<(String, bool)> = rows.iter().map(shown).collect();
    rows.sort();
    assert_eq!(
        rows,
        [("1.25".to_owned(), false), ("1.75".to_owned(), true)]
    );
    let prices = json!([{"variant_id": scene.mug, "price": "-1", "pack_size": "0"}]);
    let body = json!({"vendor_id": mill, "prices": prices});
    let refused = scene.merchant.post("/v1/supplier-prices", &body).await;
    assert_faults(&refused, &["prices[0].price", "prices[0].pack_size"]);
}
