//! Lists: pages by key, without gaps or doubles.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use suite_tests::{Client, TestApp};

async fn make_stores(merchant: &Client, names: impl Iterator<Item = u32>) {
    for number in names {
        let body = json!({"name": format!("Store {number}"), "currency": "GBP", "timezone": "Europe/London"});
        merchant.post("/v1/stores", &body).await.assert_status(201);
    }
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_walk_through_all_rows_while_rows_are_added() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    make_stores(&merchant, 0..7).await;
    let present: BTreeSet<String> = ids(&merchant.get("/v1/stores").await.json())
        .into_iter()
        .collect();
    let mut seen = Vec::new();
    let mut path = "/v1/stores?limit=3".to_owned();
    for round in 0..20 {
        let answer = merchant.get(&path).await.expect(200);
        let page = answer.json();
        seen.extend(ids(&page));
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert_eq!(answer.header("link"), "");
            break;
        };
        assert_eq!(ids(&page).len(), 3);
        path = format!("/v1/stores?limit=3&cursor={cursor}");
        assert_eq!(answer.header("link"), format!("<{path}>; rel=\"next\""));
        // One joins while we walk, as long as there are old ones to come.
        if round < 2 {
            make_stores(&merchant, 100 + round..101 + round).await;
        }
    }
    let unique: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(unique.len(), seen.len(), "a row came twice");
    assert!(present.is_subset(&unique), "a row was left out");
}

#[tokio::test]
async fn a_page_is_at_most_a_hundred_and_fifty_unless_asked() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let account_id = merchant.account_id();
    app.sql(&format!(
        "INSERT INTO stores (account_id, id, name, currency, timezone, platform)
         SELECT '{account_id}', gen_random_uuid(), 'Store ' || n, 'GBP', 'Europe/London', 'manual'
           FROM generate_series(1, 120) n"
    ))
    .await;
    for (path, count) in [
        ("/v1/stores", 50),
        ("/v1/stores?limit=100", 100),
        ("/v1/stores?limit=1", 1),
    ] {
        let page = merchant.get(path).await.expect(200).json();
        assert_eq!(ids(&page).len(), count, "{path}");
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_only() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    make_stores(&merchant, 0..3).await;
    let page = merchant.get("/v1/stores?limit=1").await.expect(200).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let tampered = format!("{}x", &cursor[..cursor.len() - 1]);
    for path in [
        format!("/v1/tokens?cursor={cursor}"),
        format!("/v1/jobs?cursor={cursor}"),
        format!("/v1/stores?cursor={tampered}"),
        "/v1/stores?cursor=".to_owned(),
        "/v1/stores?cursor=%27%3B--".to_owned(),
        format!("/v1/stores?cursor={cursor}&cursor={cursor}"),
    ] {
        merchant.get(&path).await.problem(400, "invalid");
    }
}

#[tokio::test]
async fn jobs_are_listed_newest_first_by_page_and_filter() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = suite_tests::PlainAct::new(suite_tests::Act::Succeed);
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(
            app.enqueue(merchant.account_id(), &job)
                .await
                .id
                .to_string(),
        );
    }
    made.reverse();
    let mut seen = Vec::new();
    let mut path = "/v1/jobs?limit=2&state=queued".to_owned();
    loop {
        let page = merchant.get(&path).await.expect(200).json();
        seen.extend(ids(&page));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/jobs?limit=2&state=queued&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, made);
    let none = merchant.get("/v1/jobs?state=dead").await.expect(200).json();
    assert_eq!(none, json!({"items": [], "next_cursor": null}));
}
