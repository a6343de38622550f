//! Shopify's export of orders: from its rows to sales, returns, taxes, shipping and sums.

use serde_json::{Value, json};
use suite_tests::{Client, TestApp, shopify_export};

use super::state::{assert_sums_agree, describe, import_as};

/// The columns as Shopify documents them.
const HEADER: &str = "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,\
Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,\
Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,\
Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,\
Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,\
Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,\
Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,\
Tax 1 Value,Tax 2 Name,Tax 2 Value,Phone,Receipt Number,Duties";

type Fields<'a> = &'a [(&'a str, &'a str)];

fn row(parts: &[Fields<'_>]) -> String {
    let columns: Vec<&str> = HEADER.split(',').collect();
    let mut row = vec![""; columns.len()];
    for (column, value) in parts.iter().flat_map(|part| part.iter()) {
        let place = columns.iter().position(|name| name == column);
        row[place.unwrap_or_else(|| panic!("no column {column}"))] = value;
    }
    row.join(",")
}

fn file(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// What all orders here have in common: 36 of goods after 4 off, 5 for shipping, 8.20 of tax on top.
const HEAD: Fields<'static> = &[
    ("Email", "Ann@example.com"),
    ("Financial Status", "paid"),
    ("Currency", "GBP"),
    ("Subtotal", "36.00"),
    ("Shipping", "5.00"),
    ("Taxes", "8.20"),
    ("Total", "49.20"),
    ("Discount Code", "SPRING"),
    ("Discount Amount", "4.00"),
    ("Billing Name", "Ann Lee"),
    ("Billing Country", "GB"),
    ("Shipping Country", "FR"),
    ("Id", "6123456789012345678"),
    ("Source", "web"),
    ("Phone", "+44 20 7946 0000"),
];
const MUGS: Fields<'static> = &[
    ("Lineitem quantity", "2"),
    ("Lineitem name", "Mug - Red"),
    ("Lineitem price", "10.00"),
    ("Lineitem taxable", "true"),
    ("Vendor", "Acme"),
];
const BAG: Fields<'static> = &[
    ("Lineitem quantity", "1"),
    ("Lineitem name", "=Bag"),
    ("Lineitem price", "0.00"),
    ("Lineitem taxable", "true"),
];
const POT: Fields<'static> = &[
    ("Lineitem quantity", "1"),
    ("Lineitem name", "Pot"),
    ("Lineitem price", "20.00"),
    ("Lineitem sku", "POT"),
    ("Lineitem taxable", "true"),
];

/// The three rows of an order; `more` is said in the first.
fn order(name: &str, created_at: &str, more: Fields<'_>) -> Vec<String> {
    let own: Fields<'_> = &[("Name", name), ("Created at", created_at)];
    let name: Fields<'_> = &[("Name", name), ("Email", "Ann@example.com")];
    vec![
        row(&[HEAD, own, MUGS, more]),
        row(&[name, BAG]),
        row(&[name, POT]),
    ]
}

/// One order as it is, one refunded in part, one called off two days later.
fn orders() -> Vec<String> {
    let refunded: Fields<'_> = &[("Refunded Amount", "10.00"), ("Source", "pos")];
    let cancelled: Fields<'_> = &[("Cancelled at", "2026-02-03 00:30:00 +0000")];
    [
        order("#1001", "2026-01-31 20:00:00 -0500", &[]),
        order("#1002", "2026-02-01 12:00:00 +0000", refunded),
        order("#1003", "2026-02-01 13:00:00 +0000", cancelled),
    ]
    .concat()
}

async fn import(app: &TestApp, client: &Client, store: &str, rows: &[String]) -> Value {
    import_as(app, client, store, "shopify_orders", file(rows)).await
}

fn counts(import: &Value) -> [i64; 4] {
    assert_eq!(import["state"], "succeeded", "{import}");
    ["rows_read", "rows_added", "rows_unchanged", "rows_rejected"]
        .map(|name| import[name].as_i64().unwrap())
}

async fn rows(app: &TestApp, sql: &str) -> Vec<String> {
    let rows = app.sql(sql).await.into_iter();
    rows.map(|row| row.join(" ")).collect()
}

const ORDERS: &str = "SELECT number, channel, country, trim_scale(gross), trim_scale(discounts), trim_scale(returns),
    trim_scale(adjustments), trim_scale(tax), trim_scale(shipping), trim_scale(units) FROM orders ORDER BY number";
const LEVELS: &str = "SELECT v.title, trim_scale(l.on_hand) FROM stock_levels l JOIN variants v ON v.id = l.variant_id";

#[tokio::test]
async fn orders_bring_discounts_taxes_shipping_and_refunds_into_the_sums() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let done = import(&app, &client, &store, &orders()).await;
    // The bag of the order that was called off never left.
    assert_eq!(counts(&done), [9, 8, 1, 0], "{done}");
    let expected = [
        "#1001 web FR 40 4 0 0 8.2 5 3",
        // 10 × 8.20 ÷ 44.20 = 1.86 of tax; 8.14 of goods.
        "#1002 pos FR 40 4 8.14 0 6.34 5 3",
        "#1003 web FR 40 0 40 0 0 0 3",
    ];
    assert_eq!(rows(&app, ORDERS).await, expected);
    let days = "SELECT day, trim_scale(sum(gross)), trim_scale(sum(discounts)), trim_scale(sum(returns)),
        trim_scale(sum(tax)), trim_scale(sum(shipping)), sum(orders) FROM daily_sales GROUP BY day ORDER BY day";
    // The first was made at one in the night in London; what was called off came back on the third.
    let expected = [
        "2026-02-01 120 12 8.14 22.74 10 3",
        "2026-02-03  -4 40 -8.2  ",
    ];
    assert_eq!(rows(&app, days).await, expected);
    assert_sums_agree(&app, &store).await;
    assert_eq!(rows(&app, LEVELS).await, ["=Bag -2"]);
    let body =
        json!({"store_id": store, "kind": "revenue", "from": "2026-02-01", "to": "2026-02-28"});
    client.post("/v1/reports", &body).await.assert_status(202);
    app.run_jobs().await;
    let report = client.get("/v1/reports").await.expect(200).json();
    let path = format!("/v1/reports/{}", report["items"][0]["id"].as_str().unwrap());
    let totals = client.get(&path).await.expect(200).json()["result"]["totals"].clone();
    for (name, value) in [
        ("gross", "120.00"),
        ("discounts", "8.00"),
        ("returns", "48.14"),
        ("net", "63.86"),
        ("tax", "14.54"),
        ("shipping", "10.00"),
        // 49.20 + 39.20 + 0.
        ("total", "88.40"),
    ] {
        assert_eq!(totals[name], value, "{name}: {totals}");
    }
    assert_eq!(
        (&totals["orders"], &totals["customers"]),
        (&json!(3), &json!(1))
    );
}

#[tokio::test]
async fn the_same_orders_again_change_nothing_and_a_refund_is_never_taken_back() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let (rows_of_all, open) = (orders(), order("#1002", "2026-02-01 12:00:00 +0000", &[]));
    import(&app, &client, &store, &rows_of_all).await;
    let before = describe(&app, &store).await;
    let again = import(&app, &client, &store, &rows_of_all).await;
    assert_eq!(counts(&again), [9, 0, 9, 0]);
    // An older export of an order, and a file that has another one twice.
    let overlap = [
        open.clone(),
        rows_of_all[..3].to_vec(),
        rows_of_all[..3].to_vec(),
    ]
    .concat();
    let older = import(&app, &client, &store, &overlap).await;
    assert_eq!(counts(&older)[3], 0, "{older}");
    let sums = rows(&app, ORDERS).await;
    assert_eq!(sums[1], "#1002 web FR 40 4 8.14 0 6.34 5 3");
    import(&app, &client, &store, &rows_of_all).await;
    assert_eq!(describe(&app, &store).await, before);
    // Called off later: the bag comes back as well.
    let cancelled = order(
        "#1001",
        "2026-01-31 20:00:00 -0500",
        &[("Cancelled at", "2026-02-04 09:00:00 +0000")],
    );
    let done = import(&app, &client, &store, &cancelled).await;
    assert_eq!(counts(&done), [3, 3, 0, 0]);
    let done = import(&app, &client, &store, &rows_of_all[..3]).await;
    assert_eq!(counts(&done), [3, 0, 3, 0]);
    assert_eq!(rows(&app, ORDERS).await[0], "#1001 web FR 40 0 40 0 0 0 3");
    assert_eq!(rows(&app, LEVELS).await, ["=Bag -1"]);
    assert_sums_agree(&app, &store).await;
}

#[tokio::test]
async fn items_without_skus_are_the_variants_of_their_name() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let sold = "SELECT p.handle, v.options, v.title, count(*) FROM order_lines l JOIN variants v ON v.id = l.variant_id
        JOIN products p ON p.id = v.product_id GROUP BY 1, 2, 3 ORDER BY 1";
    import(&app, &client, &store, &orders()[..3]).await;
    // Nothing is known of these yet.
    let unknown = ["Mug - Red [\"Default Title\"] Mug - Red 1", "POT  Pot 1"];
    assert_eq!(rows(&app, sold).await, unknown);
    let vendor = "SELECT vendor FROM products WHERE handle = 'Mug - Red'";
    assert_eq!(app.value(vendor).await, "Acme");
    let products = "Handle,Title,Option1 Value,Variant SKU,Variant Price\nmug,Mug,Red,,10\nmug,,Blue,,10\npot,Pot,Default Title,POT,20\n";
    import_as(&app, &client, &store, "shopify_products", products).await;
    // The same orders once more move their sales to what the catalogue knows now.
    let again = import(&app, &client, &store, &orders()[..3]).await;
    assert_eq!(counts(&again), [3, 2, 1, 0]);
    let known = ["mug [\"Red\"] Mug / Red 1", "pot [\"Default Title\"] Pot 1"];
    assert_eq!(rows(&app, sold).await, known);
    assert_sums_agree(&app, &store).await;
    let zeros = "SELECT count(*) FROM daily_product_sales WHERE gross IS NULL";
    assert_eq!(app.value(zeros).await, "0");
}

#[tokio::test]
async fn orders_that_cannot_be_taken_are_told_whole_and_name_nobody() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let mut rows_of_file = [
        order("#1", "2026-02-01 12:00:00 +0000", &[("Currency", "EUR")]),
        order("#2", "2026-02-30 12:00:00 +0000", &[]),
        order(
            "#3",
            "2026-02-01 12:00:00 +0000",
            &[("Lineitem quantity", "999999999999999")],
        ),
        order(
            "#4",
            "2026-02-01 12:00:00 +0000",
            &[("Refunded Amount", "49.21")],
        ),
    ]
    .concat();
    // A row of an order that is not above, an order without its last row, and a good one.
    rows_of_file.push(row(&[&[("Name", "#9")], POT]));
    rows_of_file.extend_from_slice(&order("#5", "2026-02-01 12:00:00 +0000", &[])[..2]);
    rows_of_file.extend(order(
        "#6",
        "2026-02-01 12:00:00 +0000",
        &[("Notes", "<b>hi</b>")],
    ));
    let done = import(&app, &client, &store, &rows_of_file).await;
    assert_eq!(counts(&done), [18, 3, 0, 15], "{done}");
    let together = |line: u32| format!("line {line} of the same order is refused");
    let short = "the line items of the order come to 20.00 and Subtotal is 36.00".to_owned();
    let above = "Refunded Amount is more than Total".to_owned();
    let expected = [
        "Currency is EUR and the store's is GBP".to_owned(),
        together(2),
        together(2),
        "Created at does not exist".to_owned(),
        together(5),
        together(5),
        "Lineitem quantity times Lineitem price is a trillion or more".to_owned(),
        together(8),
        together(8),
        above.clone(),
        above.clone(),
        above,
        "the first row of this order, which has its date and its sums, is not right above"
            .to_owned(),
        short.clone(),
        short,
    ];
    let told = "SELECT reason FROM import_rejects ORDER BY line_number";
    assert_eq!(rows(&app, told).await, expected);
    assert_eq!(app.value("SELECT number FROM orders").await, "#6");
    // Nobody's address, name or number is kept anywhere.
    let kept = "SELECT content FROM import_rejects UNION ALL SELECT outside_id FROM customers";
    let kept = rows(&app, kept).await.join("\n");
    assert!(kept.contains("mail:") && kept.contains("=Bag"), "{kept}");
    for secret in ["example.com", "Ann", "7946"] {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
    let shown = client.get("/v1/orders").await.expect(200).json();
    assert_eq!(
        shown["items"][0]["customer_outside_id"]
            .as_str()
            .map(str::len),
        Some(37)
    );
}

#[tokio::test]
async fn an_invoice_that_was_imported_line_by_line_is_not_replaced() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let lines = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n#1001,A,x,1,2026-02-01 10:00,1,,UK\n";
    import_as(&app, &client, &store, "invoice_lines", lines).await;
    let done = import(&app, &client, &store, &orders()[..3]).await;
    assert_eq!(counts(&done)[3], 3, "{done}");
    assert_eq!(rows(&app, ORDERS).await, ["#1001 import UK 1 0 0 0 0 0 1"]);
}

#[tokio::test]
async fn a_long_file_is_written_in_batches_and_each_order_once() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let all: Vec<String> = (1..=1_500)
        .flat_map(|number| order(&format!("#{number}"), "2026-02-01 12:00:00 +0000", &[]))
        .collect();
    let done = import(&app, &client, &store, &all).await;
    assert_eq!(counts(&done), [4_500, 4_500, 0, 0]);
    let sums =
        "SELECT trim_scale(sum(gross)), trim_scale(sum(shipping)), sum(orders) FROM daily_sales";
    assert_eq!(rows(&app, sums).await, ["60000 7500 1500"]);
    let again = import(&app, &client, &store, &all).await;
    assert_eq!(counts(&again), [4_500, 0, 4_500, 0]);
}

#[tokio::test]
async fn orders_of_shopifys_own_catalogue_find_its_variants() {
    let Some(catalogue) = shopify_export("apparel") else {
        return;
    };
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "America/New_York").await;
    import_as(&app, &client, &store, "shopify_products", catalogue).await;
    let variants = app.value("SELECT count(*) FROM variants").await;
    let top: Fields<'_> = &[("Lineitem name", "Classic Varsity Top - Small")];
    let shirt: Fields<'_> = &[("Lineitem name", "Ocean Blue Shirt"), ("Lineitem sku", "")];
    let mut sold = order("#1", "2026-02-01 12:00:00 +0000", top);
    sold[2] = row(&[&[("Name", "#1")], POT, shirt]);
    sold.remove(1);
    import(&app, &client, &store, &sold).await;
    assert_eq!(app.value("SELECT count(*) FROM variants").await, variants);
    let handles = "SELECT p.handle FROM order_lines l JOIN variants v ON v.id = l.variant_id
        JOIN products p ON p.id = v.product_id ORDER BY l.position";
    assert_eq!(
        rows(&app, handles).await,
        ["classic-varsity-top", "ocean-blue-shirt"]
    );
}
