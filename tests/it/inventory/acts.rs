//! Adjustments, counts, transfers and receipts.

use serde_json::json;
use suite_core::id::VariantId;
use suite_tests::{Answer, with_json};

use super::scene::{Scene, assert_faults, text};

#[tokio::test]
async fn a_count_writes_the_difference_and_says_so_where_there_is_none() {
    let scene = Scene::new().await;
    scene.count(&scene.mug, "12").await;
    assert_eq!(scene.level(&scene.mug).await, ["12", "0", "12", "0"]);
    let lines = json!([{"variant_id": scene.mug, "counted": "12"}, {"variant_id": scene.pot, "counted": "0"}]);
    let made = scene
        .act("counts", json!({"lines": lines}))
        .await
        .expect(201);
    let document = made.json();
    assert_eq!(document["lines"][0]["before"], "12");
    assert_eq!(document["lines"][0]["quantity"], "0");
    assert_eq!(scene.ledger(&scene.mug).await, [["on_hand", "0", "12"]]);
    let path = made.header("location").to_owned();
    assert_eq!(scene.merchant.get(&path).await.expect(200).json(), document);
}

#[tokio::test]
async fn an_adjustment_may_leave_a_level_below_zero_which_is_shown() {
    let scene = Scene::new().await;
    scene.count(&scene.mug, "2").await;
    let lines = json!([{"variant_id": scene.mug, "quantity": "-5.5"}]);
    let body = json!({"reason": "broken in the yard", "lines": lines});
    scene.act("adjustments", body).await.assert_status(201);
    assert_eq!(scene.level(&scene.mug).await, ["-3.5", "0", "-3.5", "0"]);
    let list = scene.merchant.get("/v1/inventory/movements").await.json();
    let line = &list["items"][0];
    assert_eq!(line["reason"], "broken in the yard");
    assert_eq!(line["source"], "adjustment");
    assert!(text(&line["actor"]).starts_with("token:"), "{line}");
    let path = format!("/v1/inventory?store_id={}&available_up_to=0", scene.store);
    let short = scene.merchant.get(&path).await.expect(200).json();
    assert_eq!(short["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_reserved_is_not_available() {
    let scene = Scene::new().await;
    scene.count(&scene.mug, "10").await;
    let lines = json!([{"variant_id": scene.mug, "quantity": "4", "level": "reserved"}]);
    let body = json!({"reason": "held for a fair", "lines": lines});
    scene.act("adjustments", body).await.assert_status(201);
    assert_eq!(scene.level(&scene.mug).await, ["10", "4", "6", "0"]);
}

#[tokio::test]
async fn a_transfer_takes_here_what_it_brings_there() {
    let scene = Scene::new().await;
    scene.count(&scene.mug, "10").await;
    let shop = json!({"store_id": scene.store, "name": "Shop"});
    let shop = scene
        .merchant
        .post("/v1/locations", &shop)
        .await
        .expect(201);
    let shop = text(&shop.json()["id"]);
    let places = scene.merchant.get("/v1/locations").await.json();
    let main = text(&places["items"][0]["id"]);
    let lines = json!([{"variant_id": scene.mug, "quantity": "3"}]);
    let body = json!({"from_location_id": main, "to_location_id": shop, "lines": lines});
    scene.act("transfers", body).await.assert_status(201);
    for (place, left) in [(&main, "7"), (&shop, "3")] {
        let path = format!("/v1/inventory?location_id={place}");
        let list = scene.merchant.get(&path).await.expect(200).json();
        assert_eq!(list["items"][0]["on_hand"], left);
    }
    let body = json!({"from_location_id": main, "to_location_id": main, "lines": lines});
    let refused = scene.act("transfers", body).await;
    assert_faults(&refused, &["to_location_id"]);
}

#[tokio::test]
async fn every_fault_of_an_act_is_told_and_nothing_of_it_is_done() {
    let scene = Scene::new().await;
    let unknown = VariantId::new().to_string();
    let lines = json!([
        {"variant_id": scene.mug, "quantity": "0"},
        {"variant_id": scene.mug, "quantity": "1e9"},
        {"variant_id": scene.pot, "quantity": "-1", "unit_cost": "2"},
        {"variant_id": unknown, "quantity": "1", "level": "incoming"},
    ]);
    let body = json!({"reason": " ", "occurred_at": "2026-03-02T11:00:00Z", "lines": lines});
    let refused = scene.act("adjustments", body).await;
    assert_faults(
        &refused,
        &[
            "lines[1].variant_id",
            "reason",
            "occurred_at",
            "lines[0].quantity",
            "lines[1].quantity",
            "lines[2].unit_cost",
            "lines[3].level",
        ],
    );
    let lines = json!([{"variant_id": scene.mug, "quantity": "1"}, {"variant_id": unknown, "quantity": "1"}]);
    let refused = scene
        .act("adjustments", json!({"reason": "found", "lines": lines}))
        .await;
    assert_faults(&refused, &["lines[1].variant_id"]);
    let lines = json!([{"variant_id": scene.mug, "quantity": "999999999999999"}]);
    let body = json!({"reason": "found", "lines": lines});
    scene
        .act("adjustments", body.clone())
        .await
        .assert_status(201);
    assert_faults(
        &scene.act("adjustments", body).await,
        &["lines[0].quantity"],
    );
    assert_eq!(scene.ledger(&scene.pot).await.len(), 0);
    assert_eq!(scene.ledger(&scene.mug).await.len(), 1);
}

#[tokio::test]
async fn the_same_act_sent_twice_under_one_key_is_done_once() {
    let scene = Scene::new().await;
    let body = json!({"store_id": scene.store, "reason": "found",
                      "lines": [{"variant_id": scene.mug, "quantity": "5"}]});
    let send = async || {
        let request = scene
            .merchant
            .request(reqwest::Method::POST, "/v1/inventory/adjustments");
        Answer::of(with_json(request, &body).header("idempotency-key", "once")).await
    };
    let (first, again) = (send().await.expect(201), send().await.expect(201));
    assert_eq!(first.body, again.body);
    assert_eq!(scene.level(&scene.mug).await[0], "5");
}

#[tokio::test]
async fn acts_at_the_same_time_leave_no_piece_out() {
    let scene = Scene::new().await;
    let there = json!([{"variant_id": scene.mug, "quantity": "1"}, {"variant_id": scene.pot, "quantity": "1"}]);
    let back = json!([{"variant_id": scene.pot, "quantity": "1"}, {"variant_id": scene.mug, "quantity": "1"}]);
    let acts = (0..16).map(|number| {
        let lines = if number % 2 == 0 { &there } else { &back };
        scene.act("adjustments", json!({"reason": "found", "lines": lines}))
    });
    for answer in futures_util::future::join_all(acts).await {
        answer.assert_status(201);
    }
    assert_eq!(scene.level(&scene.mug).await[0], "16");
    let mut lines = scene.ledger(&scene.pot).await;
    lines.reverse();
    for (number, line) in (0..).zip(lines) {
        assert_eq!(
            line,
            [
                "on_hand".to_owned(),
                number.to_string(),
                (number + 1).to_string()
            ]
        );
    }
}
