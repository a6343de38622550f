//! Orders, products and variants, as an import has left them.

use serde_json::Value;
use suite_core::job::Queue;
use suite_tests::{Client, TestApp, until};

const FILE: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
    1001,HEART,White heart 100%,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n\
    1001,LAMP,Lamp,2,2010-12-01 08:26:00,3.395,17850,United Kingdom\n\
    1002,HEART,White heart 100%,1,2010-12-02 09:00:00,2.55,,France\n\
    C1003,HEART,White heart 100%,-1,2010-12-03 10:00:00,2.55,17850,United Kingdom\n";

/// Imports the file into a store and returns both.
async fn shop(app: &TestApp) -> (Client, String) {
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let answer = merchant
        .upload(&store, "invoice_lines", FILE)
        .await
        .expect(202);
    let path = answer.header("location").to_owned();
    let worker = app.worker(&[Queue::Inventory]).await;
    until("the import is done", || async {
        merchant.get(&path).await.json()["state"] == "succeeded"
    })
    .await;
    worker.stop().await;
    (merchant, store)
}

async fn items(merchant: &Client, path: &str) -> Vec<Value> {
    let answer = merchant.get(path).await.expect(200).json();
    answer["items"].as_array().unwrap().clone()
}

fn field(items: &[Value], name: &str) -> Vec<String> {
    let values = items
        .iter()
        .map(|item| item[name].as_str().unwrap().to_owned());
    values.collect()
}

#[tokio::test]
async fn orders_are_listed_latest_first_and_found_by_number_buyer_country_and_time() {
    let app = TestApp::new().await;
    let (merchant, store) = shop(&app).await;
    let numbers = async |query: &str| {
        field(
            &items(&merchant, &format!("/v1/orders?{query}")).await,
            "number",
        )
    };
    assert_eq!(numbers("").await, ["C1003", "1002", "1001"]);
    assert_eq!(
        numbers(&format!("store_id={store}&search=100")).await,
        ["1002", "1001"]
    );
    assert_eq!(numbers("search=17850").await, ["C1003", "1001"]);
    assert_eq!(numbers("search=%25").await, [""; 0]);
    assert_eq!(numbers("country=France").await, ["1002"]);
    let span = "placed_from=2010-12-02T00:00:00Z&placed_to=2010-12-03T10:00:00Z";
    assert_eq!(numbers(span).await, ["1002"]);
    let other = "store_id=0190d3c8-7c00-7000-8000-000000000001";
    assert_eq!(numbers(other).await, [""; 0]);
    merchant
        .get("/v1/orders?placed_from=yesterday")
        .await
        .problem(400, "invalid");

    let first = merchant.get("/v1/orders?limit=2").await.expect(200).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(numbers(&format!("limit=2&cursor={cursor}")).await, ["1001"]);
}

#[tokio::test]
async fn an_order_shows_its_lines_and_exact_figures() {
    let app = TestApp::new().await;
    let (merchant, _) = shop(&app).await;
    let found = items(&merchant, "/v1/orders?search=1001").await;
    let path = format!("/v1/orders/{}", found[0]["id"].as_str().unwrap());
    let order = merchant.get(&path).await.expect(200).json();
    assert_eq!(order["currency"], "GBP");
    assert_eq!(order["customer_outside_id"], "17850");
    assert_eq!(order["placed_at"], "2010-12-01T08:26:00Z");
    assert_eq!(order["gross"], "22.09");
    assert_eq!(order["total"], "22.09");
    assert_eq!(order["units"], "8");
    let lines = order["lines"].as_array().unwrap();
    let lamp = lines.iter().find(|line| line["sku"] == "LAMP").unwrap();
    assert_eq!(lamp["unit_price"], "3.395");
    assert_eq!(lamp["amount"], "6.79");
    assert_eq!(lamp["event"], "sale");

    let credit = &items(&merchant, "/v1/orders?search=C").await[0];
    assert_eq!(credit["is_credit_note"], true);
    assert_eq!(credit["returns"], "2.55");
    assert_eq!(credit["net"], "-2.55");
}

#[tokio::test]
async fn products_and_variants_are_found_by_words_and_by_sku() {
    let app = TestApp::new().await;
    let (merchant, store) = shop(&app).await;
    let skus = async |query: &str| {
        field(
            &items(&merchant, &format!("/v1/variants?{query}")).await,
            "sku",
        )
    };
    let mut all = skus(&format!("store_id={store}")).await;
    all.sort();
    assert_eq!(all, ["HEART", "LAMP"]);
    assert_eq!(skus("sku=LAMP").await, ["LAMP"]);
    assert_eq!(skus("sku=lamp").await, [""; 0]);
    assert_eq!(skus("search=WHITE").await, ["HEART"]);
    assert_eq!(skus("search=100%25").await, ["HEART"]);
    assert_eq!(skus("search=_").await, [""; 0]);

    let products = items(&merchant, "/v1/products?search=heart&status=active").await;
    assert_eq!(field(&products, "title"), ["White heart 100%"]);
    let variants = format!("product_id={}", products[0]["id"].as_str().unwrap());
    assert_eq!(skus(&variants).await, ["HEART"]);
}

#[tokio::test]
async fn what_was_below_a_deleted_store_is_gone_at_once() {
    let app = TestApp::new().await;
    let (merchant, store) = shop(&app).await;
    let found = items(&merchant, "/v1/orders?search=1001").await;
    merchant
        .delete(&format!("/v1/stores/{store}"))
        .await
        .assert_status(204);
    for path in ["/v1/orders", "/v1/products", "/v1/variants", "/v1/stores"] {
        assert_eq!(items(&merchant, path).await.len(), 0, "{path}");
    }
    let path = format!("/v1/orders/{}", found[0]["id"].as_str().unwrap());
    merchant.get(&path).await.problem(404, "not_found");
}
