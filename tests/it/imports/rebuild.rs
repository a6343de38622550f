//! The sums of sales, added up again from their lines.

use serde_json::{Value, json};
use suite_core::{
    id::{AccountId, StoreId},
    job::JobState,
    jobs::{AuditStores, AuditSubject, RebuildRollups},
};
use suite_tests::{Client, TestApp};

use super::state::{assert_sums_agree, describe, import};

/// Two months, with a return in the second of what was sold in the first, over midnight in summer time.
const LINES: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,A,WHITE HEART,6,2011-07-31 23:30:00,2.55,17850,United Kingdom
1,B,LANTERN,1,2011-08-01 00:10:00,3.39,17850,United Kingdom
1,A,WHITE HEART,2,2011-08-01 00:20:00,2.55,17850,United Kingdom
2,A,WHITE HEART,1,2011-08-02 09:00:00,2.55,,France
C3,A,WHITE HEART,-1,2011-08-03 10:00:00,2.55,17850,United Kingdom
A4,B,Adjust bad debt,1,2011-08-04 10:00:00,-110.06,,United Kingdom
";

async fn shop() -> (TestApp, Client, String) {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    import(&app, &client, &store, LINES).await;
    (app, client, store)
}

async fn rebuild(app: &TestApp, client: &Client, store: &str) -> Value {
    let store_id: StoreId = store.parse().unwrap();
    let job = RebuildRollups { store_id };
    let job = app.enqueue(client.account_id(), &job).await;
    app.run_jobs().await;
    let row = app.wait_for(job, JobState::Succeeded).await;
    row.result.expect("it says what it found")
}

#[tokio::test]
async fn sums_that_imports_have_written_are_proved_and_left_alone() {
    let (app, client, store) = shop().await;
    let before = describe(&app, &store).await;
    let result = rebuild(&app, &client, &store).await;
    // Days and buyers: 5. Days and variants: 6. Months and variants: 3.
    let expected = json!({"store_id": store, "rows": 14, "differing": 0, "differences": []});
    assert_eq!(result, expected);
    assert_eq!(describe(&app, &store).await, before);
}

#[tokio::test]
async fn a_broken_a_missing_and_a_false_row_are_told_and_mended() {
    let (app, client, store) = shop().await;
    let before = describe(&app, &store).await;
    app.sql(
        "UPDATE daily_sales SET gross = gross + 1, orders = 7 WHERE day = '2011-07-31';
         DELETE FROM monthly_product_sales WHERE month = '2011-07-01';
         INSERT INTO daily_product_sales (account_id, store_id, day, variant_id, gross, orders)
         SELECT account_id, store_id, '2011-05-05', id, 9.99, 1 FROM variants WHERE sku = 'A'",
    )
    .await;
    assert_ne!(describe(&app, &store).await, before);
    let result = rebuild(&app, &client, &store).await;
    assert_eq!(result["differing"], 3, "{result}");
    let told: Vec<String> = result["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            let key = text("row");
            let day = key.split(' ').next().unwrap().to_owned();
            let (stored, orders) = (text("stored_gross"), &row["stored_orders"]);
            format!(
                "{} {day} {stored} {orders} is {} {}",
                text("table"),
                text("gross"),
                row["orders"]
            )
        })
        .collect();
    let expected = [
        "daily_sales 2011-07-31 16.3 7 is 15.3 1",
        "daily_product_sales 2011-05-05 9.99 1 is 0 0",
        "monthly_product_sales 2011-07-01 0 0 is 15.3 1",
    ];
    assert_eq!(told, expected);
    assert_eq!(describe(&app, &store).await, before);
    assert_sums_agree(&app, &store).await;
    let again = rebuild(&app, &client, &store).await;
    assert_eq!(again["differing"], 0, "{again}");
}

#[tokio::test]
async fn every_store_that_has_something_to_check_is_checked() {
    let (app, client, _) = shop().await;
    let empty = client.store("GBP", "Europe/London").await;
    let other = app.account().await;
    let sold = other.store("EUR", "Europe/Berlin").await;
    import(&app, &other, &sold, LINES).await;
    let gift = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
9,A,found,3,2011-08-03 10:00:00,0,,\n";
    import(&app, &client, &empty, gift).await;
    for subject in [AuditSubject::Rollups, AuditSubject::StockLedger] {
        let job = AuditStores { subject };
        app.enqueue(AccountId::OPERATOR, &job).await;
    }
    app.run_jobs().await;
    let run =
        "SELECT kind, count(DISTINCT args->>'store_id'), bool_and(state = 'succeeded') FROM jobs
        WHERE kind IN ('rebuild_rollups', 'check_stock_ledger') GROUP BY kind ORDER BY kind";
    // Two stores have sold something, and one has stock in its ledger.
    assert_eq!(
        app.sql(run).await,
        [
            ["check_stock_ledger", "1", "t"],
            ["rebuild_rollups", "2", "t"]
        ]
    );
    let checks = app.value("SELECT count(*) FROM stock_checks").await;
    assert_eq!(checks, "1");
}
