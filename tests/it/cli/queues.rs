use suite_core::{
    config::Settings,
    job::{JobState, Queue},
};
use suite_tests::{Act, PlainAct, TestApp, until};

use super::{NOWHERE_POSTGRESQL, NOWHERE_REDIS, audited, suitectl, suitectl_with};

#[tokio::test]
async fn a_queue_that_is_paused_starts_nothing_until_it_is_resumed() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    suitectl(&app, &["queues", "pause", "inventory"])
        .await
        .fine();
    let worker = app.worker(&[Queue::Inventory]).await;
    let job = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    let listed = suitectl(&app, &["queues", "list", "--json"])
        .await
        .fine()
        .json();
    let row = listed["postgresql"]["items"].as_array().unwrap();
    let inventory = row.iter().find(|row| row["name"] == "inventory").unwrap();
    assert!(
        inventory["paused_at"].is_string() && inventory["queued"] == 1,
        "{inventory}"
    );
    assert_eq!(app.job(job).await.state, "queued");
    let again = suitectl(&app, &["queues", "pause", "inventory"])
        .await
        .fine();
    assert_eq!(again.out, "inventory was paused already\n");
    suitectl(&app, &["queues", "resume", "inventory"])
        .await
        .fine();
    app.wait_for(job, JobState::Succeeded).await;
    worker.stop().await;
    let noted = vec![
        "operator:grace@workbench".to_owned(),
        "inventory".to_owned(),
    ];
    assert_eq!(audited(&app, "pause_queue").await, vec![noted.clone()]);
    assert_eq!(audited(&app, "resume_queue").await, [noted]);
}

#[tokio::test]
async fn the_list_shows_both_sides_and_each_alone_when_the_other_is_away() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    app.enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    until("the id is in Redis", || async {
        let depths = app.broker.waiting(Queue::Inventory).await.unwrap();
        depths.iter().map(|(_, depth)| depth).sum::<u64>() == 1
    })
    .await;
    let both = suitectl(&app, &["queues", "list"]).await.fine();
    let inventory: Vec<&str> = both
        .out
        .lines()
        .find(|line| line.starts_with("inventory"))
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(
        (inventory[1], inventory[2], inventory.last()),
        ("open", "1", Some(&"1")),
        "{both:?}"
    );

    let no_redis = |settings: &mut Settings| settings.redis.url = NOWHERE_REDIS.into();
    let ran = suitectl_with(&app, no_redis, &["queues", "list"])
        .await
        .fits();
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("inventory    open        1"), "{ran:?}");
    assert!(ran.err.starts_with("Redis: "), "{ran:?}");

    let no_postgresql = |settings: &mut Settings| settings.database.url = NOWHERE_POSTGRESQL.into();
    let ran = suitectl_with(&app, no_postgresql, &["queues", "list", "--json"]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    let answer = ran.json();
    assert_eq!(answer["redis"]["waiting"]["inventory"], 1, "{answer}");
    assert!(answer["postgresql"]["error"].is_string(), "{answer}");
}

#[tokio::test]
async fn workers_are_listed_while_they_live() {
    let app = TestApp::new().await;
    let none = suitectl(&app, &["workers", "list"]).await.fine();
    assert_eq!(none.out, "PostgreSQL: no worker is alive\n");
    let worker = app.worker(&Queue::ALL).await;
    let listed = suitectl(&app, &["workers", "list"]).await.fine();
    assert!(
        listed.out.lines().nth(1).unwrap().ends_with("all"),
        "{listed:?}"
    );
    let json = suitectl(&app, &["workers", "list", "--json"])
        .await
        .fine()
        .json();
    assert_eq!(json["items"][0]["is_alive"], true, "{json}");
    worker.stop().await;
}
