//! Products, stock and counts: what a file says of goods.

use serde_json::{Value, json};
use suite_tests::{Client, TestApp, shopify_export};

async fn import(app: &TestApp, merchant: &Client, store: &str, format: &str, file: &str) -> Value {
    let started = merchant.upload(store, format, file.to_owned()).await;
    started.assert_status(202);
    app.run_jobs().await;
    let list = merchant.get("/v1/imports").await.expect(200).json();
    let newest = list["items"].as_array().unwrap().iter();
    newest
        .max_by_key(|import| import["id"].as_str().unwrap().to_owned())
        .unwrap()
        .clone()
}

fn counts(import: &Value) -> [i64; 3] {
    ["rows_added", "rows_unchanged", "rows_rejected"].map(|name| import[name].as_i64().unwrap())
}

async fn rows(app: &TestApp, sql: &str) -> Vec<String> {
    let rows = app.sql(sql).await.into_iter();
    rows.map(|row| row.join("|")).collect()
}

const PRODUCTS: &str = "Handle,Title,Vendor,Type,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Cost per item
top,=Varsity Top,Acme,Shirts,Small,,shopify,3,60,20
top,,,,Large,,shopify,-1,65,
top,,,,,,,,,
pot,Pot,Acme,Pots,Default Title,POT,,7,9,
,Nameless,,,Blue,,,,1,
";

#[tokio::test]
async fn variants_without_skus_are_known_by_handle_and_options() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let first = import(&app, &merchant, &store, "shopify_products", PRODUCTS).await;
    assert_eq!(counts(&first), [3, 1, 1], "{first}");
    let catalogue =
        "SELECT v.title, v.sku, v.options, v.price, coalesce(l.on_hand::text, '') FROM variants v
        LEFT JOIN stock_levels l ON l.variant_id = v.id ORDER BY v.title";
    let expected = [
        "=Varsity Top / Large||[\"Large\"]|65|-1",
        "=Varsity Top / Small||[\"Small\"]|60|3",
        "Pot|POT|[\"Default Title\"]|9|",
    ];
    assert_eq!(rows(&app, catalogue).await, expected);
    let again = import(&app, &merchant, &store, "shopify_products", PRODUCTS).await;
    assert_eq!(counts(&again), [0, 4, 1], "{again}");
    assert_eq!(rows(&app, catalogue).await, expected);
    let stock = "Handle,Option1 Value,SKU,Location,Committed,On hand
top,Small,,Shop,2,5
top,Large,,Main,,0
top,Large,,Shop,,not stocked
top,Huge,,Shop,,4
pot,Default Title,POT,Shop,,999999999999999999
";
    let done = import(&app, &merchant, &store, "shopify_inventory", stock).await;
    assert_eq!(counts(&done), [2, 1, 2], "{done}");
    let rejects = merchant
        .get(&format!(
            "/v1/imports/{}/rejects",
            done["id"].as_str().unwrap()
        ))
        .await;
    assert!(
        rejects.text().contains("import the products first"),
        "{}",
        rejects.text()
    );
    let levels = "SELECT v.title, p.name, l.on_hand, l.reserved FROM stock_levels l JOIN variants v ON v.id = l.variant_id
        JOIN locations p ON p.id = l.location_id ORDER BY 1, 2";
    assert_eq!(
        rows(&app, levels).await,
        [
            "=Varsity Top / Large|Main|0|0",
            "=Varsity Top / Small|Main|3|0",
            "=Varsity Top / Small|Shop|5|2",
        ]
    );
}

#[tokio::test]
async fn a_count_sets_levels_and_refuses_what_the_store_does_not_know() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    import(&app, &merchant, &store, "shopify_products", PRODUCTS).await;
    let count = "SKU,Counted\nPOT,12\nPAN,3\nPOT,-1\n";
    let done = import(&app, &merchant, &store, "stock_count", count).await;
    assert_eq!(counts(&done), [1, 0, 2], "{done}");
    let ledger = "SELECT source, before, after FROM stock_movements WHERE source = 'stock_count'";
    assert_eq!(rows(&app, ledger).await, ["stock_count|0|12"]);
    let job = merchant
        .upload(&store, "stock_count", "SKU,Title\nPOT,x\n")
        .await;
    job.assert_status(202);
    app.run_jobs().await;
    let told = app
        .value("SELECT error FROM imports WHERE state = 'failed'")
        .await;
    assert_eq!(told, "The header lacks the column Counted.");
}

#[tokio::test]
async fn invoices_and_an_export_of_products_mean_the_same_variant() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let lines = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,POT,A POT,2,2026-02-01 10:00,8.50,,UK\n";
    import(&app, &merchant, &store, "invoice_lines", lines).await;
    import(&app, &merchant, &store, "shopify_products", PRODUCTS).await;
    let found = merchant
        .get("/v1/variants?sku=POT")
        .await
        .expect(200)
        .json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&found["items"][0]["title"], &found["items"][0]["price"]),
        (&json!("Pot"), &json!("9.00"))
    );
}

#[tokio::test]
async fn shopifys_own_exports_are_read_to_the_last_variant() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("USD", "America/New_York").await;
    // Variants of each file; the third has 18 rows that are pictures only.
    for (name, variants) in [("apparel", 22), ("home-and-garden", 21), ("jewelery", 23)] {
        let Some(file) = shopify_export(name) else {
            return;
        };
        let before: usize = app
            .value("SELECT count(*) FROM variants")
            .await
            .parse()
            .unwrap();
        let done = import(&app, &merchant, &store, "shopify_products", &file).await;
        let after: usize = app
            .value("SELECT count(*) FROM variants")
            .await
            .parse()
            .unwrap();
        assert_eq!(
            (after - before, &done["rows_rejected"]),
            (variants, &json!(0)),
            "{name}: {done}"
        );
        let again = import(&app, &merchant, &store, "shopify_products", &file).await;
        assert_eq!(counts(&again)[0], 0, "{name}");
    }
}
