//! Another account's id must look like one that never was, on every route that takes an id.

mod belongings;
mod matrix;

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use suite_core::id::StoreId;
use suite_tests::{Answer, Client, TestApp, with_json};

use self::belongings::Belongings;
use self::matrix::{Body, LISTS, MATRIX, Thing};

fn request(client: &Client, method: &str, path: &str, id: &str, body: Body) -> RequestBuilder {
    let method: Method = method.to_uppercase().parse().unwrap();
    let request = client.request(method, &path.replace("{id}", id));
    match body {
        Body::Nothing => request,
        Body::Json(text) => with_json(request, &serde_json::from_str(text).unwrap()),
        Body::Csv => request
            .header("content-type", "text/csv")
            .body("InvoiceNo,StockCode\n1,2\n"),
    }
}

/// The whole answer as bytes, but for what differs between any two requests.
fn comparable(answer: &Answer) -> String {
    let request_id = answer.header("x-request-id");
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    let text = format!(
        "{}\n{}\n{}",
        answer.status,
        headers.join("\n"),
        answer.text()
    );
    text.replace(request_id, "REQUEST_ID")
}

#[tokio::test]
async fn ids_of_another_account_are_answered_like_unknown_ones_on_every_route() {
    let app = TestApp::new().await;
    let (owner, stranger) = (app.account().await, app.account().await);
    let belongings = Belongings::make(&app, &owner).await;
    for (method, path, thing, body) in MATRIX {
        let foreign = belongings.id(*thing);
        let unknown = StoreId::new().to_string();
        let seen = Answer::of(request(&stranger, method, path, foreign, *body)).await;
        let control = Answer::of(request(&stranger, method, path, &unknown, *body)).await;
        assert_eq!(
            comparable(&seen),
            comparable(&control),
            "{method} {path} tells that the id exists"
        );
        seen.problem(404, "not_found");
    }
    // The rows prove something only if their owner is not answered like that.
    for (method, path, thing, body) in MATRIX {
        let own = Answer::of(request(&owner, method, path, belongings.id(*thing), *body));
        assert_ne!(own.await.status, 404, "{method} {path}");
    }
}

#[test]
fn every_route_with_an_id_has_a_row_in_the_matrix() {
    let document = serde_json::to_value(suite_api::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut missing = Vec::new();
    // A task is a schedule of the fleet and asks for a secret that no merchant has; what an operator may ask belongs to no
    // account, and ops.rs holds that nobody else may.
    let of_accounts = paths.iter().filter(|(path, _)| {
        path.contains('{') && *path != "/cron/{task}" && !path.starts_with("/v1/ops/")
    });
    for (path, item) in of_accounts {
        for method in item.as_object().unwrap().keys() {
            let is_row = |row: &&(&str, &str, Thing, Body)| {
                row.0 == method && row.1.split('?').next() == Some(path)
            };
            if MATRIX.iter().find(is_row).is_none() {
                missing.push(format!("{method} {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "no row in MATRIX for {missing:?}");
}

#[test]
fn every_list_of_an_account_is_among_those_tested_here() {
    for (path, methods) in suite_api::ROUTES {
        let is_list = path.starts_with("/v1/")
            && !path.starts_with("/v1/ops/")
            && !path.contains('{')
            && methods.contains(&"get");
        // The token that asks is in the list of tokens itself.
        let is_other = ["/v1/billing", "/v1/me", "/v1/tokens", "/v1/preferences"].contains(path);
        assert!(
            !is_list || is_other || LISTS.contains(path),
            "add {path} to LISTS"
        );
    }
}

#[tokio::test]
async fn a_report_about_another_accounts_store_is_answered_like_one_about_no_store() {
    let app = TestApp::new().await;
    let (owner, stranger) = (app.account().await, app.account().await);
    let store = owner.store("GBP", "Europe/London").await;
    let ask = async |store_id: &str| {
        let body = json!({"store_id": store_id, "kind": "revenue", "from": "2026-01-01", "to": "2026-01-31"});
        stranger.post("/v1/reports", &body).await
    };
    let foreign = ask(&store).await;
    let unknown = ask(&StoreId::new().to_string()).await;
    assert_eq!(comparable(&foreign), comparable(&unknown));
    assert!(
        foreign.status == 404 || foreign.status == 422,
        "{}",
        foreign.text()
    );
}

#[tokio::test]
async fn lists_show_nothing_of_another_account() {
    let app = TestApp::new().await;
    let (owner, stranger) = (app.account().await, app.account().await);
    let belongings = Belongings::make(&app, &owner).await;
    for path in LISTS {
        let seen = stranger.get(path).await.expect(200).json();
        assert_eq!(seen["items"], json!([]), "{path}");
        let own = owner.get(path).await.expect(200).json();
        assert_ne!(own["items"], json!([]), "{path}");
    }
    let filtered = format!("/v1/reports?store_id={}", belongings.store);
    let seen = stranger.get(&filtered).await.expect(200).json();
    assert_eq!(seen["items"], json!([]));
}
