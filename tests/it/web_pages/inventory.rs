use std::fmt::Write;

use serde_json::json;
use suite_tests::{Client, TestApp};

use super::{Browser, assert_moved, form_key};

/// Mugs sell four a day on the 90 days before the clock's; their name is markup.
fn lines() -> String {
    let mut lines = String::from(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n",
    );
    let last: chrono::NaiveDate = "2026-03-01".parse().unwrap();
    for day in 0..90u64 {
        let date = last - chrono::Days::new(day);
        writeln!(lines, "{day},MUG,<b>Mug,4,{date} 10:00,2.50,,UK").unwrap();
    }
    lines
}

/// Returns a program that speaks for whoever the browser is.
pub(super) async fn program(app: &TestApp, browser: &mut Browser) -> Client {
    let page = browser
        .send("/tokens", "name=Till")
        .await
        .expect(200)
        .text();
    let (_, rest) = page.split_once("value=\"es_").unwrap();
    let token = format!("es_{}", rest.split('"').next().unwrap());
    app.stranger().with_token(&token)
}

#[tokio::test]
async fn what_to_order_is_analysed_shown_and_drafted_from_the_page() {
    let app = TestApp::new().await;
    let (mut browser, store) = Browser::with_store(&app, "ada").await;
    let program = program(&app, &mut browser).await;
    let upload = program.upload(&store, "invoice_lines", lines()).await;
    upload.assert_status(202);
    app.run_jobs().await;
    let mug = program.get("/v1/variants").await.expect(200).json()["items"][0]["id"].clone();
    let vendor = json!({"store_id": store, "name": "Mill & Co", "lead_time_days": 9});
    let vendor = program
        .post("/v1/vendors", &vendor)
        .await
        .expect(201)
        .json()["id"]
        .clone();
    let price = json!({"vendor_id": vendor, "prices": [{"variant_id": mug, "price": "1.50", "pack_size": "12"}]});
    program
        .post("/v1/supplier-prices", &price)
        .await
        .assert_status(204);
    let count = json!({"store_id": store, "lines": [{"variant_id": mug, "counted": "8"}]});
    program
        .post("/v1/inventory/counts", &count)
        .await
        .assert_status(201);

    let stock = browser
        .open(&format!("/inventory?store_id={store}&low=on"))
        .await;
    let stock = stock.expect(200).text();
    assert!(
        stock.contains("&#60;b&#62;Mug") && stock.contains(">low<"),
        "{stock}"
    );
    let none = browser
        .open(&format!("/inventory?store_id={store}&search=pot"))
        .await;
    assert!(none.text().contains("Nothing that is stocked fits."));

    let address = format!("/inventory/reorder?store_id={store}");
    let page = browser.open(&address).await.expect(200).text();
    assert!(page.contains("No analysis yet"));
    let fields = format!("store_id={store}&form_key={}", form_key(&page));
    for _ in 0..2 {
        assert_moved(&browser.send("/inventory/reorder", &fields).await, &address);
    }
    let page = browser.open(&address).await.expect(200).text();
    assert!(page.contains("/events\""), "its job is followed: {page}");
    app.run_jobs().await;
    let analyses = program
        .get("/v1/inventory/analyses")
        .await
        .expect(200)
        .json();
    assert_eq!(analyses["items"].as_array().unwrap().len(), 1);

    // 4 a day for 16 days less the 8 that are there: 56, five packs of 12.
    let page = browser.open(&address).await.expect(200).text();
    assert!(
        page.contains("<strong>60</strong>") && page.contains("&#60;b&#62;Mug"),
        "{page}"
    );
    let analysis = analyses["items"][0]["id"].as_str().unwrap();
    let vendor = vendor.as_str().unwrap();
    let fields = format!(
        "store_id={store}&analysis_id={analysis}&vendor_id={vendor}&form_key={}",
        form_key(&page)
    );
    assert_moved(&browser.send("/inventory/drafts", &fields).await, &address);
    let page = browser.open(&address).await.expect(200).text();
    let (_, rest) = page.split_once("/v1/purchase-orders/").unwrap();
    let file = format!("/v1/purchase-orders/{}", rest.split('"').next().unwrap());
    let file = browser.open(&file).await.expect(200).text();
    assert!(file.contains("MUG") && file.contains("60"), "{file}");
}
