use suite_core::job::Queue;
use suite_tests::TestApp;

use super::{audited, suitectl};

const SMALL: [&str; 8] = [
    "demo",
    "load",
    "--days",
    "60",
    "--orders",
    "300",
    "--variants",
    "80",
];

#[tokio::test]
async fn the_demo_makes_a_shop_that_can_be_looked_at_and_finds_it_again() {
    let app = TestApp::new().await;
    let worker = app.worker(&Queue::ALL).await;
    let load = [&SMALL[..], &["--json"]].concat();
    let made = suitectl(&app, &load).await.fine();
    assert!(
        made.err.contains("imported") && made.err.contains("rejected"),
        "{made:?}"
    );
    let made = made.json();
    let client = app.stranger().with_token(made["token"].as_str().unwrap());
    let store = client
        .get(&format!(
            "/v1/stores/{}",
            made["store_id"].as_str().unwrap()
        ))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&store["name"], &store["currency"]),
        (&"Harbour & Hearth".into(), &"USD".into())
    );
    let orders = "SELECT count(*) FROM orders";
    let count: i64 = app.value(orders).await.parse().unwrap();
    assert!((200..500).contains(&count), "{count}");
    assert!(
        app.value("SELECT count(*) FROM stock_movements")
            .await
            .parse::<i64>()
            .unwrap()
            > 20
    );
    assert_eq!(
        app.value("SELECT count(*) FROM reports WHERE result IS NOT NULL")
            .await,
        "1"
    );
    let shelves = "SELECT count(*) FILTER (WHERE on_hand > 0) > 40 FROM stock_levels";
    assert_eq!(app.value(shelves).await, "t");
    let to_order = "SELECT count(*) > 0 FROM inventory_analysis_items WHERE vendor_id IS NOT NULL";
    assert_eq!(app.value(to_order).await, "t");

    let found = suitectl(&app, &load).await.fine().json();
    assert_eq!(found["store_id"], made["store_id"]);
    assert_ne!(found["token"], made["token"]);
    client.get("/v1/me").await.assert_status(401);
    assert_eq!(audited(&app, "delete_token").await.len(), 1);
    app.stranger()
        .with_token(found["token"].as_str().unwrap())
        .get("/v1/me")
        .await
        .assert_status(200);
    assert_eq!(app.value(orders).await, count.to_string());
    assert_eq!(app.value("SELECT count(*) FROM imports").await, "1");
    let text = suitectl(&app, &SMALL).await.fine();
    assert!(text.out.contains("demo@example.com"), "{text:?}");
    worker.stop().await;
}

#[tokio::test]
async fn a_file_becomes_a_store_of_its_name() {
    let app = TestApp::new().await;
    let worker = app.worker(&Queue::ALL).await;
    let file = std::env::temp_dir().join(format!("{}.csv", suite_core::id::ImportId::new()));
    let lines = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
        1,A,Thing,2,2011-07-01 10:00:00,1.25,7,United Kingdom\n";
    std::fs::write(&file, lines).unwrap();
    let loaded = suitectl(
        &app,
        &["demo", "load", "--json", "--import", file.to_str().unwrap()],
    )
    .await;
    std::fs::remove_file(&file).unwrap();
    let loaded = loaded.fine().json();
    assert_eq!(loaded["store"], file.file_stem().unwrap().to_str().unwrap());
    assert_eq!(
        (&loaded["from"], &loaded["to"]),
        (&"2011-07-01".into(), &"2011-07-01".into())
    );
    assert_eq!(
        app.value("SELECT currency || ' ' || timezone FROM stores")
            .await,
        "GBP Europe/London"
    );
    worker.stop().await;
}

#[tokio::test]
async fn no_demo_account_is_made_where_merchants_are() {
    let app = TestApp::new().await;
    app.account().await;
    let refused = suitectl(&app, &SMALL).await.refused();
    assert!(
        refused.contains("1 other account") && refused.contains("--yes"),
        "{refused}"
    );
    assert_eq!(app.value("SELECT count(*) FROM accounts").await, "1");
}
