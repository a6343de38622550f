//! Orders to vendors, from draft to shelf.

use serde_json::{Value, json};
use suite_tests::Answer;

use super::scene::{Scene, assert_faults, text};

async fn order(scene: &Scene, lines: Value) -> String {
    let vendor = scene.vendor(json!({})).await;
    let body = json!({"store_id": scene.store, "vendor_id": vendor, "lines": lines});
    let made = scene.merchant.post("/v1/purchase-orders", &body).await;
    text(&made.expect(201).json()["id"])
}

async fn steer(scene: &Scene, id: &str, verb: &str) -> Answer {
    let path = format!("/v1/purchase-orders/{id}/{verb}");
    scene.merchant.post_empty(&path).await
}

async fn receive(scene: &Scene, id: &str, variant: &str, quantity: &str) -> Answer {
    let lines = json!([{"variant_id": variant, "quantity": quantity}]);
    let body = json!({"purchase_order_id": id, "lines": lines});
    scene.act("receipts", body).await
}

#[tokio::test]
async fn what_is_sent_comes_in_and_what_arrives_is_on_the_shelf() {
    let scene = Scene::new().await;
    let lines = json!([{"variant_id": scene.mug, "quantity": "12", "unit_price": "1.50"},
                       {"variant_id": scene.pot, "quantity": "2", "unit_price": "4"}]);
    let id = order(&scene, lines).await;
    receive(&scene, &id, &scene.mug, "1")
        .await
        .problem(409, "conflict");
    steer(&scene, &id, "send").await.assert_status(200);
    assert_eq!(scene.level(&scene.mug).await, ["0", "0", "0", "12"]);
    receive(&scene, &id, &scene.mug, "5")
        .await
        .assert_status(201);
    assert_eq!(scene.level(&scene.mug).await, ["5", "0", "5", "7"]);
    steer(&scene, &id, "cancel").await.problem(409, "conflict");
    // Two more than were ordered.
    receive(&scene, &id, &scene.mug, "9")
        .await
        .assert_status(201);
    assert_eq!(scene.level(&scene.mug).await, ["14", "0", "14", "0"]);
    let path = format!("/v1/purchase-orders/{id}");
    let seen = scene.merchant.get(&path).await.expect(200).json();
    assert_eq!(seen["state"], "partly_received");
    assert_eq!(seen["lines"][0]["received"], "14");
    assert_eq!(seen["total"], "26.00");
    receive(&scene, &id, &scene.pot, "2")
        .await
        .assert_status(201);
    let seen = scene.merchant.get(&path).await.expect(200).json();
    assert_eq!(seen["state"], "closed");
    let costs = scene
        .app
        .sql("SELECT DISTINCT unit_cost FROM stock_movements WHERE level = 'on_hand' ORDER BY 1")
        .await;
    assert_eq!(costs, [["1.5"], ["4"]]);
}

#[tokio::test]
async fn what_will_not_come_is_not_awaited_any_more() {
    let scene = Scene::new().await;
    let lines = json!([{"variant_id": scene.mug, "quantity": "12", "unit_price": "1"}]);
    let id = order(&scene, lines.clone()).await;
    steer(&scene, &id, "send").await.assert_status(200);
    receive(&scene, &id, &scene.mug, "5")
        .await
        .assert_status(201);
    steer(&scene, &id, "close").await.assert_status(200);
    assert_eq!(scene.level(&scene.mug).await, ["5", "0", "5", "0"]);
    receive(&scene, &id, &scene.mug, "7")
        .await
        .problem(409, "conflict");
    let ledger = scene.ledger(&scene.mug).await;
    assert_eq!(ledger[0], ["incoming", "7", "0"]);
    assert_eq!(ledger.len(), 4);
}

#[tokio::test]
async fn a_draft_can_be_changed_and_an_order_that_was_sent_cannot() {
    let scene = Scene::new().await;
    let lines = json!([{"variant_id": scene.mug, "quantity": "12", "unit_price": "1"}]);
    let id = order(&scene, lines).await;
    let path = format!("/v1/purchase-orders/{id}");
    let lines = json!([{"variant_id": scene.pot, "quantity": "3", "unit_price": "2.50"}]);
    let change = json!({"note": "soon", "lines": lines});
    let changed = scene
        .merchant
        .patch(&path, &change)
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&changed["note"], &changed["total"]),
        (&json!("soon"), &json!("7.50"))
    );
    steer(&scene, &id, "send").await.assert_status(200);
    scene
        .merchant
        .patch(&path, &change)
        .await
        .problem(409, "conflict");
    steer(&scene, &id, "cancel").await.assert_status(200);
    assert_eq!(scene.level(&scene.pot).await[3], "0");
}

#[tokio::test]
async fn an_order_needs_lines_prices_and_a_vendor_of_its_store() {
    let scene = Scene::new().await;
    let vendor = scene.vendor(json!({})).await;
    let make = async |body: Value| scene.merchant.post("/v1/purchase-orders", &body).await;
    let lines = json!([{"variant_id": scene.mug, "quantity": "1"}]);
    let priceless =
        make(json!({"store_id": scene.store, "vendor_id": vendor, "lines": lines})).await;
    assert_faults(&priceless, &["lines[0].unit_price"]);
    let empty = make(json!({"store_id": scene.store, "vendor_id": vendor})).await;
    assert_faults(&empty, &["lines"]);
    let other = scene.merchant.store("GBP", "Europe/London").await;
    let strange = make(json!({"store_id": other, "vendor_id": vendor, "lines": lines})).await;
    assert_faults(&strange, &["vendor_id"]);
}

#[tokio::test]
async fn the_file_of_an_order_holds_no_formula() {
    let scene = Scene::new().await;
    let lines = json!([{"variant_id": scene.pot, "quantity": "3", "unit_price": "2.50"}]);
    let id = order(&scene, lines).await;
    let file = scene
        .merchant
        .get(&format!("/v1/purchase-orders/{id}/file?format=csv"))
        .await
        .expect(200);
    assert_eq!(
        file.text(),
        "position,sku,title,quantity,unit_price,amount,currency\r\n1,POT,'=Pot,3,2.50,7.50,GBP\r\n"
    );
    let path = format!("/v1/purchase-orders/{id}/file");
    let printed = scene
        .merchant
        .get(&format!("{path}?format=pdf"))
        .await
        .expect(200);
    assert_eq!(printed.header("content-type"), "application/pdf");
    assert!(printed.body.starts_with(b"%PDF-1.7") && printed.body.ends_with(b"%%EOF\n"));
    let other = format!("{path}?format=xlsx");
    scene.merchant.get(&other).await.assert_status(406);
}
