//! What orchestrators, monitoring and readers ask.

use serde_json::Value;
use suite_core::job::Queue;
use suite_tests::{RedisSpace, TestApp, until};

fn status_of(readiness: &Value, name: &str) -> String {
    let checks = readiness["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    let check = check.unwrap_or_else(|| panic!("no {name} in {readiness}"));
    check["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn with_all_parts_there_the_process_is_ready() {
    let app = TestApp::new().await;
    let worker = app.worker(&Queue::ALL).await;
    until("the worker has introduced itself", || async {
        app.stranger().get("/ready").await.json()["status"] == "ready"
    })
    .await;
    let answer = app.stranger().get("/ready").await.expect(200).json();
    for part in ["postgresql", "migrations", "redis", "workers"] {
        assert_eq!(status_of(&answer, part), "ready", "{answer}");
    }
    worker.stop().await;
}

#[tokio::test]
async fn without_workers_or_redis_it_is_degraded_and_still_serves() {
    let redis = RedisSpace::at("redis://127.0.0.1:1".to_owned());
    let app = TestApp::on_redis(redis, &[]).await;
    let answer = app.stranger().get("/ready").await.expect(200).json();
    assert_eq!(answer["status"], "degraded", "{answer}");
    assert_eq!(status_of(&answer, "postgresql"), "ready");
    assert_eq!(status_of(&answer, "redis"), "degraded");
    assert_eq!(status_of(&answer, "workers"), "degraded");
    app.account().await.get("/v1/me").await.assert_status(200);
}

#[tokio::test]
async fn behind_its_migrations_it_is_unavailable() {
    let app = TestApp::new().await;
    app.sql("DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)")
        .await;
    let answer = app.stranger().get("/ready").await.expect(503).json();
    assert_eq!(answer["status"], "unavailable", "{answer}");
    assert_eq!(status_of(&answer, "migrations"), "unavailable");
}

#[tokio::test]
async fn metrics_count_requests_by_route_and_not_by_address() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let id = "0190d3c8-7c00-7000-8000-000000000001";
    merchant
        .get(&format!("/v1/stores/{id}"))
        .await
        .assert_status(404);
    let metrics = app.stranger().get("/metrics").await.expect(200).text();
    let series = "http_requests_total{method=\"GET\",route=\"/v1/stores/{id}\",status=\"404\"}";
    assert!(metrics.contains(series), "{metrics}");
    assert!(
        metrics.contains("http_request_duration_seconds_bucket"),
        "{metrics}"
    );
    assert!(metrics.contains("database_pool_limit 6"), "{metrics}");
    assert!(!metrics.contains(id), "{metrics}");
}

#[tokio::test]
async fn the_document_and_the_page_for_people_are_served() {
    let app = TestApp::new().await;
    let stranger = app.stranger();
    let document = stranger.get("/openapi.json").await.expect(200).json();
    assert_eq!(
        document,
        serde_json::to_value(suite_api::document()).unwrap()
    );
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let page = stranger.get("/docs").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text().contains("/v1/stores/{id}/imports"));
    let style = stranger.get("/docs/style.css").await.expect(200);
    assert!(style.header("content-type").starts_with("text/css"));
}

#[tokio::test]
async fn every_answer_forbids_what_browsers_should_not_do() {
    let app = TestApp::new().await;
    for path in ["/health", "/v1/me", "/nowhere", "/docs"] {
        let answer = app.stranger().get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}
