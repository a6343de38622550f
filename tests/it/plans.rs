//! What lists and reports read: of the big tables only what they show, found by an index, among the rows of other accounts.
//!
//! The server itself counts how often a table was read from end to end; so the statements are those that really run, with the
//! settings under which they run, and none can be forgotten. A session tells its counts when it ends.

use std::collections::BTreeMap;

use serde_json::json;
use suite_core::report::ReportKind;
use suite_tests::{Client, TestApp, until};

/// Tables that grow with the business.
const BIG: &[&str] = &[
    "customers",
    "daily_product_sales",
    "daily_sales",
    "imports",
    "monthly_product_sales",
    "order_lines",
    "orders",
    "products",
    "reports",
    "report_pieces",
    "stock_levels",
    "stock_movements",
    "supplier_prices",
    "variants",
];

/// Lists, each with the filters and searches it has.
const LISTS: &[&str] = &[
    "/v1/imports",
    "/v1/imports?store_id={store}",
    "/v1/inventory",
    "/v1/inventory?store_id={store}",
    "/v1/inventory/analyses?store_id={store}",
    "/v1/inventory/documents?store_id={store}",
    "/v1/inventory/movements",
    "/v1/inventory/movements?store_id={store}",
    "/v1/jobs",
    "/v1/jobs?state=succeeded",
    "/v1/orders",
    "/v1/orders?store_id={store}",
    "/v1/orders?store_id={store}&country=Spain",
    "/v1/orders?store_id={store}&search=C7",
    "/v1/products",
    "/v1/products?store_id={store}",
    "/v1/products?store_id={store}&search=thing",
    "/v1/purchase-orders?store_id={store}",
    "/v1/reports",
    "/v1/reports?store_id={store}",
    "/v1/supplier-prices?store_id={store}",
    "/v1/variants",
    "/v1/variants?store_id={store}",
    "/v1/variants?sku=S7",
    "/v1/vendors?store_id={store}",
];

/// Forty accounts with much, and this one with little.
async fn seed(app: &TestApp, merchant: &Client, store: &str) {
    let account = merchant.account_id();
    app.sql(
        "CREATE TABLE seed AS SELECT md5('a' || n)::uuid AS account_id, md5('s' || n)::uuid AS store_id,
                md5('l' || n)::uuid AS location_id, 500 AS count FROM generate_series(1, 40) n",
    )
    .await;
    app.sql(
        "INSERT INTO accounts (id, name, trial_ends_at) SELECT account_id, 'x', now() FROM seed",
    )
    .await;
    app.sql(
        "INSERT INTO stores (account_id, id, name, currency, timezone, platform)
         SELECT account_id, store_id, 'x', 'GBP', 'Europe/London', 'manual' FROM seed",
    )
    .await;
    app.sql(
        "INSERT INTO locations (account_id, id, store_id, name, is_default)
         SELECT account_id, location_id, store_id, 'x', true FROM seed",
    )
    .await;
    app.sql(&format!(
        "INSERT INTO seed SELECT account_id, store_id, id, 60 FROM locations WHERE account_id = '{account}' AND store_id = '{store}'"
    ))
    .await;
    for statement in SEEDS {
        let statement = statement
            .replace("{from}", "FROM seed, generate_series(1, seed.count) n")
            .replace("{id}", "md5(store_id::text || n)::uuid");
        app.sql(&statement).await;
    }
    app.sql("ANALYZE").await;
}

const SEEDS: &[&str] = &[
    "INSERT INTO products (account_id, store_id, id, handle, title) SELECT account_id, store_id, {id}, 'P' || n, 'Thing ' || n {from}",
    "INSERT INTO variants (account_id, store_id, id, product_id, sku, title, price, cost)
     SELECT account_id, store_id, {id}, {id}, 'S' || n, '', 2, 1 {from}",
    "INSERT INTO customers (account_id, store_id, id, outside_id, country) SELECT account_id, store_id, {id}, 'C' || n, 'Spain' {from}",
    "INSERT INTO orders (account_id, store_id, id, number, channel, customer_id, country, currency, placed_at, is_credit_note, line_count,
                         gross, discounts, returns, adjustments, tax, shipping, units)
     SELECT account_id, store_id, {id}, 'O' || n, 'web', {id}, 'Spain', 'GBP', '2026-01-01Z'::timestamptz + n * '1 hour'::interval, false,
            1, 2, 0, 0, 0, 0, 0, 1 {from}",
    "INSERT INTO order_lines (account_id, order_id, position, variant_id, occurred_at, quantity, unit_price, event, title)
     SELECT account_id, {id}, 1, {id}, '2026-01-01Z', 1, 2, 1, '' {from}",
    "INSERT INTO daily_sales (account_id, store_id, day, country, customer_id, gross, units, orders)
     SELECT account_id, store_id, '2026-01-01'::date + n % 60, 'Spain', {id}, 2, 1, 1 {from}",
    "INSERT INTO daily_product_sales (account_id, store_id, day, variant_id, gross, units, orders)
     SELECT account_id, store_id, '2026-01-01'::date + n % 60, {id}, 2, 1, 1 {from}",
    "INSERT INTO monthly_product_sales (account_id, store_id, month, variant_id, gross, units, orders)
     SELECT account_id, store_id, '2026-01-01'::date, {id}, 2, 1, 1 {from}",
    "INSERT INTO stock_levels (account_id, store_id, variant_id, location_id, on_hand) SELECT account_id, store_id, {id}, location_id, 1 {from}",
    "INSERT INTO stock_movements (account_id, store_id, id, variant_id, location_id, quantity, before, after, reason, source, source_ref,
                                  source_line, actor, occurred_at, unit_cost)
     SELECT account_id, store_id, {id}, {id}, location_id, 1, 0, 1, 'count', 'count', 'x', n::text, 'x', '2025-12-01Z', 1 {from}",
    "INSERT INTO reports (account_id, store_id, id, kind, params, job_id)
     SELECT account_id, store_id, {id}, 'revenue', '{}', {id} {from}",
    "INSERT INTO report_pieces (account_id, report_id, grouping_name, piece, rows) SELECT account_id, {id}, 'product', 0, '[]' {from}",
    "INSERT INTO supplier_prices (account_id, store_id, variant_id, vendor_id, price) SELECT account_id, store_id, {id}, {id}, 1 {from}",
    "INSERT INTO imports (account_id, store_id, id, format, state, is_gzip) SELECT account_id, store_id, {id}, 'invoice_lines', 'succeeded', false {from}",
];

/// How often each big table was read from end to end, as far as sessions have told.
type Counts = BTreeMap<String, i64>;

async fn counts(app: &TestApp) -> Counts {
    let list = BIG.join("','");
    let rows = app
        .sql(&format!(
            "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname IN ('{list}')"
        ))
        .await;
    assert_eq!(rows.len(), BIG.len(), "each big table is there");
    rows.into_iter()
        .map(|row| (row[0].clone(), row[1].parse().unwrap()))
        .collect()
}

/// Returns the big tables that were read from end to end since then.
async fn scanned_since(app: &TestApp, before: &Counts) -> Vec<String> {
    let now = counts(app).await;
    let more = now.iter().filter(|(table, count)| before[*table] < **count);
    more.map(|(table, _)| table.clone()).collect()
}

async fn until_sessions_have_ended(app: &TestApp, named: &str) {
    let left = format!(
        "SELECT count(*) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name LIKE '{named}' AND pid <> pg_backend_pid()"
    );
    until("the sessions have ended", || async {
        app.value(&left).await == "0"
    })
    .await;
}

#[tokio::test]
async fn no_list_and_no_report_reads_a_big_table_from_end_to_end() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    seed(&app, &merchant, &store).await;
    let mut before = counts(&app).await;
    app.sql("SELECT count(*) FROM orders WHERE units > 3").await;
    until("a read from end to end is seen", || async {
        scanned_since(&app, &before).await == ["orders"]
    })
    .await;
    before = counts(&app).await;
    for kind in ReportKind::ALL {
        let body = json!({"store_id": store, "kind": kind.name(), "from": "2026-01-10", "to": "2026-02-20",
                          "group_by": kind.groupings().iter().map(|grouping| grouping.name()).collect::<Vec<_>>()});
        merchant.post("/v1/reports", &body).await.assert_status(202);
        app.run_jobs().await;
        until_sessions_have_ended(&app, "suite-worker%").await;
        let scanned = scanned_since(&app, &before).await;
        assert_eq!(scanned, Vec::<String>::new(), "report {}", kind.name());
    }
    let done = "SELECT count(*) FROM jobs WHERE state = 'succeeded'";
    assert_eq!(app.value(done).await, "7");
    for list in LISTS {
        let path = list.replace("{store}", &store);
        merchant.get(&path).await.assert_status(200);
    }
    // What the server's sessions have read is told when they end.
    app.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'suite-tests' AND pid <> pg_backend_pid()",
    )
    .await;
    until_sessions_have_ended(&app, "suite-tests").await;
    assert_eq!(scanned_since(&app, &before).await, Vec::<String>::new());
}
