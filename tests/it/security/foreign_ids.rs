//! Another account's id must look like one that never was, on every route that takes an id.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use suite_core::id::StoreId;
use suite_tests::{Answer, Client, INVOICE_LINES, TestApp, with_json};

/// What an id in an address names.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Thing {
    Store,
    Token,
    Import,
    Order,
    Report,
    Job,
    Location,
    Document,
    Check,
    Analysis,
    Vendor,
    Purchase,
    Variant,
}

/// What else a request must have to be a good one.
#[derive(Clone, Copy, Debug)]
enum Body {
    Nothing,
    Json(&'static str),
    Csv,
}

/// Every route with an id. A new one needs its row here: without, the test fails.
const MATRIX: &[(&str, &str, Thing, Body)] = &[
    ("get", "/v1/imports/{id}", Thing::Import, Body::Nothing),
    (
        "get",
        "/v1/imports/{id}/rejects",
        Thing::Import,
        Body::Nothing,
    ),
    (
        "get",
        "/v1/inventory/analyses/{id}",
        Thing::Analysis,
        Body::Nothing,
    ),
    (
        "get",
        "/v1/inventory/analyses/{id}/items",
        Thing::Analysis,
        Body::Nothing,
    ),
    (
        "get",
        "/v1/inventory/checks/{id}",
        Thing::Check,
        Body::Nothing,
    ),
    (
        "get",
        "/v1/inventory/documents/{id}",
        Thing::Document,
        Body::Nothing,
    ),
    ("get", "/v1/jobs/{id}", Thing::Job, Body::Nothing),
    ("post", "/v1/jobs/{id}/cancel", Thing::Job, Body::Nothing),
    ("get", "/v1/jobs/{id}/events", Thing::Job, Body::Nothing),
    ("post", "/v1/jobs/{id}/retry", Thing::Job, Body::Nothing),
    ("get", "/v1/locations/{id}", Thing::Location, Body::Nothing),
    (
        "patch",
        "/v1/locations/{id}",
        Thing::Location,
        Body::Json(r#"{"name":"Mine now"}"#),
    ),
    ("get", "/v1/orders/{id}", Thing::Order, Body::Nothing),
    (
        "get",
        "/v1/purchase-orders/{id}",
        Thing::Purchase,
        Body::Nothing,
    ),
    (
        "patch",
        "/v1/purchase-orders/{id}",
        Thing::Purchase,
        Body::Json(r#"{"note":"Mine now"}"#),
    ),
    (
        "get",
        "/v1/purchase-orders/{id}/file?format=csv",
        Thing::Purchase,
        Body::Nothing,
    ),
    (
        "post",
        "/v1/purchase-orders/{id}/send",
        Thing::Purchase,
        Body::Nothing,
    ),
    (
        "post",
        "/v1/purchase-orders/{id}/close",
        Thing::Purchase,
        Body::Nothing,
    ),
    (
        "post",
        "/v1/purchase-orders/{id}/cancel",
        Thing::Purchase,
        Body::Nothing,
    ),
    ("get", "/v1/reports/{id}", Thing::Report, Body::Nothing),
    (
        "get",
        "/v1/reports/{id}/file?format=csv",
        Thing::Report,
        Body::Nothing,
    ),
    ("get", "/v1/vendors/{id}", Thing::Vendor, Body::Nothing),
    (
        "patch",
        "/v1/vendors/{id}",
        Thing::Vendor,
        Body::Json(r#"{"name":"Mine now"}"#),
    ),
    // The rows above are below a store, which the last of these deletes.
    ("get", "/v1/stores/{id}", Thing::Store, Body::Nothing),
    (
        "post",
        "/v1/stores/{id}/imports?format=invoice_lines",
        Thing::Store,
        Body::Csv,
    ),
    (
        "patch",
        "/v1/stores/{id}",
        Thing::Store,
        Body::Json(r#"{"name":"Mine now"}"#),
    ),
    (
        "get",
        "/v1/stores/{id}/stock-terms",
        Thing::Store,
        Body::Nothing,
    ),
    (
        "put",
        "/v1/stores/{id}/stock-terms",
        Thing::Store,
        Body::Json(r#"{"low_stock_threshold":"3"}"#),
    ),
    (
        "put",
        "/v1/variants/{id}/low-stock-threshold",
        Thing::Variant,
        Body::Json(r#"{"low_stock_threshold":"3"}"#),
    ),
    ("delete", "/v1/stores/{id}", Thing::Store, Body::Nothing),
    ("delete", "/v1/tokens/{id}", Thing::Token, Body::Nothing),
];

/// Every list of an account; a new one belongs here.
const LISTS: &[&str] = &[
    "/v1/imports",
    "/v1/inventory",
    "/v1/inventory/analyses",
    "/v1/inventory/checks",
    "/v1/inventory/documents",
    "/v1/inventory/movements",
    "/v1/jobs",
    "/v1/locations",
    "/v1/orders",
    "/v1/products",
    "/v1/purchase-orders",
    "/v1/reports",
    "/v1/stores",
    "/v1/supplier-prices",
    "/v1/variants",
    "/v1/vendors",
];

/// Everything that a merchant has.
struct Belongings {
    store: String,
    token: String,
    import: String,
    order: String,
    report: String,
    job: String,
    location: String,
    document: String,
    check: String,
    analysis: String,
    vendor: String,
    purchase: String,
    variant: String,
}

impl Belongings {
    async fn make(app: &TestApp, merchant: &Client) -> Self {
        let store = merchant.store("GBP", "Europe/London").await;
        let token = merchant.post("/v1/tokens", &json!({"name": "till"})).await;
        let upload = merchant
            .upload(&store, "invoice_lines", INVOICE_LINES)
            .await
            .expect(202);
        app.run_jobs().await;
        let report =
            json!({"store_id": store, "kind": "revenue", "from": "2026-01-01", "to": "2026-01-31"});
        merchant
            .post("/v1/reports", &report)
            .await
            .assert_status(202);
        furnish_stock(app, merchant, &store).await;
        let newest = async |path: &str| {
            let list = merchant.get(path).await.expect(200).json();
            text(&list["items"][0]["id"])
        };
        Self {
            token: text(&token.expect(201).json()["id"]),
            import: newest("/v1/imports").await,
            order: newest("/v1/orders").await,
            report: newest("/v1/reports").await,
            job: text(&upload.json()["id"]),
            location: newest("/v1/locations").await,
            document: newest("/v1/inventory/documents").await,
            check: newest("/v1/inventory/checks").await,
            analysis: newest("/v1/inventory/analyses").await,
            vendor: newest("/v1/vendors").await,
            purchase: newest("/v1/purchase-orders").await,
            variant: newest("/v1/variants").await,
            store,
        }
    }

    fn id(&self, thing: Thing) -> &str {
        match thing {
            Thing::Store => &self.store,
            Thing::Token => &self.token,
            Thing::Import => &self.import,
            Thing::Order => &self.order,
            Thing::Report => &self.report,
            Thing::Job => &self.job,
            Thing::Location => &self.location,
            Thing::Document => &self.document,
            Thing::Check => &self.check,
            Thing::Analysis => &self.analysis,
            Thing::Vendor => &self.vendor,
            Thing::Purchase => &self.purchase,
            Thing::Variant => &self.variant,
        }
    }
}

/// Makes a vendor with a price, an order, a count, a check and an analysis.
async fn furnish_stock(app: &TestApp, merchant: &Client, store: &str) {
    let variants = merchant.get("/v1/variants").await.expect(200).json();
    let variant = &variants["items"][0]["id"];
    let vendor = json!({"store_id": store, "name": "Mill", "lead_time_days": 9});
    let vendor = merchant.post("/v1/vendors", &vendor).await.expect(201);
    let vendor = &vendor.json()["id"];
    let price = json!({"vendor_id": vendor, "prices": [{"variant_id": variant, "price": "1.50"}]});
    let lines = json!([{"variant_id": variant, "quantity": "12"}]);
    let order = json!({"store_id": store, "vendor_id": vendor, "lines": lines});
    let count = json!({"store_id": store, "lines": [{"variant_id": variant, "counted": "7"}]});
    for (path, body, status) in [
        ("/v1/supplier-prices", price, 204),
        ("/v1/purchase-orders", order, 201),
        ("/v1/inventory/counts", count, 201),
        ("/v1/inventory/checks", json!({"store_id": store}), 202),
        ("/v1/inventory/analyses", json!({"store_id": store}), 202),
    ] {
        merchant.post(path, &body).await.assert_status(status);
    }
    app.run_jobs().await;
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

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
        let is_other = ["/v1/me", "/v1/tokens"].contains(path);
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
