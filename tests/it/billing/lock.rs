use reqwest::Method;
use suite_api::is_open_when_locked;
use suite_tests::{Answer, TestApp};

const ANY_ID: &str = "0190d3c8-7c00-7000-8000-000000000001";

/// Writes that a locked account may send, written down apart from the code: whoever opens one says so here.
const OPEN_WRITES: &[&str] = &[
    "/cron/{task}",
    "/v1/auth/",
    "/v1/billing/",
    "/v1/jobs/{id}/cancel",
    "/v1/ops/",
    "/webhooks/",
];

#[test]
fn every_route_is_either_among_the_open_ones_or_shut_to_who_is_locked() {
    let document = serde_json::to_value(suite_api::document()).unwrap();
    let (mut open, mut shut) = (0, 0);
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let is_listed = OPEN_WRITES.iter().any(|begin| path.starts_with(begin));
            let wanted = matches!(method.as_str(), "get" | "delete") || is_listed;
            assert_eq!(is_open_when_locked(method, path), wanted, "{method} {path}");
            *(if wanted { &mut open } else { &mut shut }) += 1;
        }
    }
    assert!(open > 40 && shut > 20, "{open} open, {shut} shut");
}

#[tokio::test]
async fn a_locked_account_is_answered_402_by_every_route_that_is_not_open() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    app.sql("UPDATE accounts SET plan = 'pro', access_until = '2026-03-02T10:00:00Z'")
        .await;
    for (path, methods) in suite_api::ROUTES {
        for method in *methods {
            let address = path
                .replace("/v1/stores/{id}", &format!("/v1/stores/{store}"))
                .replace("{id}", ANY_ID)
                .replace("{name}", "reports")
                .replace("{task}", "expire_rows");
            // It would end what the others are asked with.
            let is_last = *method == "delete" || address.ends_with("/events");
            if is_last {
                continue;
            }
            let verb: Method = method.to_uppercase().parse().unwrap();
            let answer = Answer::of(merchant.request(verb, &address)).await;
            let is_open = is_open_when_locked(method, path);
            assert_eq!(
                answer.status != 402,
                is_open,
                "{method} {path}: {}",
                answer.text()
            );
            if !is_open {
                answer.problem(402, "plan_required");
            }
        }
    }
    let nothing = merchant.post_empty("/v1/no-such-thing").await;
    nothing.problem(404, "not_found");
    let deleted = merchant.delete(&format!("/v1/stores/{store}")).await;
    assert!(deleted.status < 300, "{}", deleted.text());
}

#[tokio::test]
async fn the_second_before_the_end_everything_works_and_then_nothing_has_to_happen() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    app.sql("UPDATE accounts SET plan = 'pro', access_until = '2026-03-02T10:00:01Z'")
        .await;
    merchant.store("GBP", "Europe/London").await;
    app.clock.advance(chrono::TimeDelta::seconds(1));
    merchant
        .post_empty("/v1/stores")
        .await
        .problem(402, "plan_required");
}
