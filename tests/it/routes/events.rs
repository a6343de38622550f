//! A job's changes as they happen.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use suite_tests::{Client, TestApp};

/// Starts a report that no worker computes, and returns its job's id.
async fn waiting_job(merchant: &Client) -> String {
    let store = merchant.store("GBP", "Europe/London").await;
    let body =
        json!({"store_id": store, "kind": "revenue", "from": "2026-01-01", "to": "2026-01-31"});
    let answer = merchant.post("/v1/reports", &body).await.expect(202);
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn watch(merchant: &Client, job: &str, last_seen: Option<&str>) -> Response {
    let path = format!("/v1/jobs/{job}/events");
    let mut request = merchant.request(Method::GET, &path);
    if let Some(id) = last_seen {
        request = request.header("last-event-id", id);
    }
    request.send().await.unwrap()
}

/// Reads one event: its id and the job in it.
async fn next(stream: &mut Response) -> (String, Value) {
    let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
    let text = String::from_utf8(chunk.to_vec()).unwrap();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
            .to_owned()
    };
    assert_eq!(field("event: "), "job");
    (
        field("id: "),
        serde_json::from_str(&field("data: ")).unwrap(),
    )
}

#[tokio::test]
async fn a_watcher_sees_the_job_as_it_is_and_then_each_change_to_its_end() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = waiting_job(&merchant).await;
    let mut stream = watch(&merchant, &job, None).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let (first, now) = next(&mut stream).await;
    assert_eq!(now["state"], "queued");
    assert_eq!(now["id"], *job);

    merchant
        .post_empty(&format!("/v1/jobs/{job}/cancel"))
        .await
        .assert_status(200);
    let (second, then) = next(&mut stream).await;
    assert_eq!(then["state"], "cancelled");
    assert!(second.parse::<i32>().unwrap() > first.parse::<i32>().unwrap());
    assert_eq!(
        stream.chunk().await.unwrap(),
        None,
        "the stream ends with the job"
    );
}

#[tokio::test]
async fn a_watcher_that_comes_back_is_told_what_it_has_not_seen_and_then_to_stay_away() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = waiting_job(&merchant).await;
    merchant
        .post_empty(&format!("/v1/jobs/{job}/cancel"))
        .await
        .assert_status(200);
    let mut stream = watch(&merchant, &job, Some("1")).await;
    let (id, now) = next(&mut stream).await;
    assert_eq!(now["state"], "cancelled");
    let stream = watch(&merchant, &job, Some(&id)).await;
    assert_eq!(stream.status(), 204);
}

#[tokio::test]
async fn a_watcher_sees_changes_while_redis_is_away() {
    let redis = suite_tests::RedisSpace::at("redis://127.0.0.1:1".to_owned());
    let app = TestApp::on_redis(redis, &[]).await;
    let merchant = app.account().await;
    let job = waiting_job(&merchant).await;
    let mut stream = watch(&merchant, &job, None).await;
    next(&mut stream).await;
    merchant
        .post_empty(&format!("/v1/jobs/{job}/cancel"))
        .await
        .assert_status(200);
    let (_, now) = next(&mut stream).await;
    assert_eq!(now["state"], "cancelled");
}
