use serde_json::json;
use suite_tests::TestApp;

use super::state::{assert_sums_agree, describe, import};

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

fn file(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// Sales, returns, adjustments and movements, exact duplicates among them.
const ROWS: [&str; 11] = [
    "1,A,WHITE HEART,6,2011-07-01 23:30:00,2.55,17850.0,United Kingdom",
    "1,A,WHITE HEART,6,2011-07-01 23:30:00,2.550,17850.0,United Kingdom",
    "1,B,\"LANTERN, RED\",1,2011-07-02 00:10:00,3.39,17850.0,United Kingdom",
    "2,a,small a,2,2011-07-02 09:00:00,1.125,,France",
    "C3,A,WHITE HEART,-1,2011-07-03 10:00:00,2.55,17850.0,United Kingdom",
    "C3,B,LANTERN,1,2011-07-03 10:00:00,0.55,17850.0,United Kingdom",
    "A4,B,Adjust bad debt,1,2011-07-04 10:00:00,-110.06,,United Kingdom",
    "5,D,,-10,2011-07-04 11:00:00,0,,United Kingdom",
    "5,D,damages,-3,2011-07-04 11:00:00,0.0,,United Kingdom",
    "5,D,damages,-3,2011-07-04 11:00:00,0,,United Kingdom",
    "6,D,DOORMAT,1,2011-07-05 11:00:00,7.95,12345,Norway",
];

#[tokio::test]
async fn lines_become_orders_movements_and_sums() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let import = import(&app, &client, &store, file(&ROWS)).await;
    assert_eq!(import["state"], "succeeded", "{import}");
    let counts = ["rows_read", "rows_added", "rows_unchanged", "rows_rejected"]
        .map(|name| import[name].as_i64().unwrap());
    assert_eq!(counts, [11, 11, 0, 0]);
    let orders = app
        .sql("SELECT number, is_credit_note, line_count, trim_scale(gross), trim_scale(returns), trim_scale(adjustments), \
              trim_scale(units), currency FROM orders ORDER BY number")
        .await;
    let expected = [
        ["1", "f", "3", "33.99", "0", "0", "13", "GBP"],
        ["2", "f", "1", "2.25", "0", "0", "2", "GBP"],
        ["6", "f", "1", "7.95", "0", "0", "1", "GBP"],
        ["A4", "f", "1", "0", "0", "-110.06", "0", "GBP"],
        ["C3", "t", "2", "0", "2", "0", "0", "GBP"],
    ];
    assert_eq!(orders, expected);
    let movements = app
        .sql("SELECT m.source_ref, v.sku, m.reason, trim_scale(m.quantity), trim_scale(m.before), trim_scale(m.after) \
              FROM stock_movements m JOIN variants v ON v.id = m.variant_id ORDER BY m.id")
        .await;
    let expected = [
        ["5", "D", "unspecified", "-10", "0", "-10"],
        ["5", "D", "damages", "-3", "-10", "-13"],
        ["5", "D", "damages", "-3", "-13", "-16"],
    ];
    assert_eq!(movements, expected);
    // An order over midnight counts once, on the store's day of its first sale.
    let days = app
        .sql("SELECT day, trim_scale(sum(gross)), coalesce(sum(orders), 0) FROM daily_sales WHERE gross > 0 GROUP BY day ORDER BY day")
        .await;
    let expected = [
        ["2011-07-01", "30.6", "1"],
        ["2011-07-02", "5.64", "1"],
        ["2011-07-05", "7.95", "1"],
    ];
    assert_eq!(days, expected);
    assert_sums_agree(&app, &store).await;
}

#[tokio::test]
async fn products_are_called_as_their_first_priced_line_calls_them() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let titles = "SELECT v.sku, v.title, p.title, p.handle FROM variants v JOIN products p ON p.id = v.product_id ORDER BY 1";
    import(&app, &client, &store, file(&ROWS[7..10])).await;
    assert_eq!(app.sql(titles).await, [["D", "D", "D", "D"]]);
    import(&app, &client, &store, file(&ROWS)).await;
    let expected = [
        ["A", "WHITE HEART", "WHITE HEART", "A"],
        ["B", "LANTERN, RED", "LANTERN, RED", "B"],
        ["D", "DOORMAT", "DOORMAT", "D"],
        ["a", "small a", "small a", "a"],
    ];
    assert_eq!(app.sql(titles).await, expected);
}

#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    import(&app, &client, &store, file(&ROWS)).await;
    let before = describe(&app, &store).await;
    // Written differently, and the same by value.
    let same = file(&ROWS)
        .replace("2.55,", "2.5500 ,")
        .replace('\n', "\r\n");
    let again = import(&app, &client, &store, format!("\u{FEFF}{same}")).await;
    assert_eq!(again["state"], "succeeded");
    assert_eq!(
        (&again["rows_added"], &again["rows_unchanged"]),
        (&json!(0), &json!(11))
    );
    assert_eq!(describe(&app, &store).await, before);
}

#[tokio::test]
async fn files_that_overlap_count_each_shared_line_once_in_any_order() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let mut first = ROWS[..6].to_vec();
    first.push("7,A,WHITE HEART,1,2011-07-06 10:00,2.55,B,France");
    let mut second = ROWS[1..].to_vec();
    // The lines of invoice 7 disagree about customer and country.
    second.push("7,B,LANTERN,1,2011-07-06 10:00,3.39,A,United Kingdom");
    second.push("7,B,LANTERN,1,2011-07-06 10:00,3.39,A,United Kingdom");
    let one = client.store("GBP", "Europe/London").await;
    import(&app, &client, &one, file(&first)).await;
    let merged = import(&app, &client, &one, file(&second)).await;
    assert_eq!(merged["rows_unchanged"], 5, "{merged}");
    let other = client.store("GBP", "Europe/London").await;
    import(&app, &client, &other, file(&second)).await;
    import(&app, &client, &other, file(&first)).await;
    assert_eq!(describe(&app, &one).await, describe(&app, &other).await);
    assert_sums_agree(&app, &one).await;
    assert_sums_agree(&app, &other).await;
    let query = format!("SELECT sum(line_count) FROM orders WHERE store_id = '{one}'");
    let lines = app.value(&query).await;
    assert_eq!(lines, "11");
}

#[tokio::test]
async fn refused_rows_are_told_with_line_reason_and_content() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let rows = [
        "1,A,\"two\nlines\",1,2011-07-01 10:00,1,,UK",
        "1,A,x,1e3,2011-07-01 10:00,1,,UK",
        "1,A,x,1,2026-02-30 10:00,1,,UK",
        "",
        "1,A,x",
        "1,A,x\0,1,2011-07-01 10:00,1,,UK",
        "1,A,x,0,2011-07-01 10:00,1,,UK",
        "1,A,=cmd(),1,2011-07-01 10:00,1,,UK",
    ];
    let import = import(&app, &client, &store, file(&rows)).await;
    assert_eq!(import["state"], "succeeded", "{import}");
    assert_eq!(
        (&import["rows_read"], &import["rows_rejected"]),
        (&json!(7), &json!(5))
    );
    let rejects = app
        .sql("SELECT line_number, reason, content FROM import_rejects ORDER BY line_number")
        .await;
    let expected = [
        [
            "4",
            "Quantity is not a plain number such as -12.50",
            rows[1],
        ],
        ["5", "InvoiceDate does not exist", rows[2]],
        ["7", "the row has 3 fields and the header 8", rows[4]],
        [
            "8",
            "the row has a NUL character",
            "1,A,x\u{FFFD},1,2011-07-01 10:00,1,,UK",
        ],
        ["9", "Quantity is zero", rows[6]],
    ];
    assert_eq!(rejects, expected);
    assert_eq!(app.value("SELECT count(*) FROM order_lines").await, "2");
}
