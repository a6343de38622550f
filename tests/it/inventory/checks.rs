//! The ledger is added up again, and a difference is told.

use serde_json::json;

use super::scene::{Scene, text};

#[tokio::test]
async fn a_level_that_the_ledger_contradicts_is_told_and_left_alone() {
    let scene = Scene::new().await;
    scene.count(&scene.mug, "12").await;
    let check = async || {
        let body = json!({"store_id": scene.store});
        let started = scene.merchant.post("/v1/inventory/checks", &body).await;
        let path = started.expect(202).header("location").to_owned();
        scene.app.run_jobs().await;
        let job = scene.merchant.get(&path).await.expect(200).json();
        let path = format!("/v1/inventory/checks/{}", text(&job["result"]["check_id"]));
        scene.merchant.get(&path).await.expect(200).json()
    };
    let clean = check().await;
    assert_eq!(
        (&clean["levels"], &clean["differences"]),
        (&json!(3), &json!(0))
    );
    let owner = scene.app.database.owner().await;
    owner
        .batch_execute("SET suite.scope = 'fleet'; UPDATE stock_levels SET on_hand = 11")
        .await
        .unwrap();
    let found = check().await;
    assert_eq!(found["differences"], 1);
    let item = &found["items"][0];
    assert_eq!(item["variant_id"], scene.mug.as_str());
    assert_eq!(
        (&item["level_quantity"], &item["ledger_quantity"]),
        (&json!("11"), &json!("12"))
    );
    assert_eq!(scene.level(&scene.mug).await[0], "11");
    let list = scene.merchant.get("/v1/inventory/checks").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
}
