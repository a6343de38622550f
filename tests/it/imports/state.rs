//! What stands in a store, in a form that two stores can be compared by.

use serde_json::Value;
use suite_tests::{Client, TestApp};

/// Uploads a file, runs its job and returns the import.
pub(super) async fn import(
    app: &TestApp,
    client: &Client,
    store_id: &str,
    file: impl Into<Vec<u8>>,
) -> Value {
    import_as(app, client, store_id, "invoice_lines", file).await
}

/// Uploads a file of any format, runs its job and returns the import.
pub(super) async fn import_as(
    app: &TestApp,
    client: &Client,
    store_id: &str,
    format: &str,
    file: impl Into<Vec<u8>>,
) -> Value {
    let id = upload_as(client, store_id, format, file).await;
    app.run_jobs().await;
    show(client, &id).await
}

/// Uploads a file of invoice lines and returns the id of its import.
pub(super) async fn upload(client: &Client, store_id: &str, file: impl Into<Vec<u8>>) -> String {
    upload_as(client, store_id, "invoice_lines", file).await
}

/// Uploads a file of any format and returns the id of its import.
pub(super) async fn upload_as(
    client: &Client,
    store_id: &str,
    format: &str,
    file: impl Into<Vec<u8>>,
) -> String {
    let answer = client.upload(store_id, format, file.into()).await;
    answer.assert_status(202);
    let link = answer.header("link");
    let id = link
        .split_once("</v1/imports/")
        .and_then(|(_, rest)| rest.split_once('>'));
    id.expect("the answer links to the import").0.to_owned()
}

pub(super) async fn show(client: &Client, id: &str) -> Value {
    client
        .get(&format!("/v1/imports/{id}"))
        .await
        .expect(200)
        .json()
}

/// Describes everything that imports write in a store, without ids and times of writing.
pub(super) async fn describe(app: &TestApp, store_id: &str) -> Vec<Vec<String>> {
    let queries = [
        "SELECT 'line', o.number, o.country, c.outside_id, v.sku, l.title, l.occurred_at, trim_scale(l.quantity), \
                trim_scale(l.unit_price), l.event, count(*) \
         FROM orders o JOIN order_lines l ON l.account_id = o.account_id AND l.order_id = o.id \
         JOIN variants v ON v.account_id = o.account_id AND v.id = l.variant_id \
         LEFT JOIN customers c ON c.account_id = o.account_id AND c.id = o.customer_id \
         WHERE o.store_id = '{}' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
        "SELECT 'order', number, placed_at, is_credit_note, line_count, trim_scale(gross), trim_scale(returns), \
                trim_scale(adjustments), trim_scale(units) FROM orders WHERE store_id = '{}' ORDER BY number",
        "SELECT 'movement', m.source_ref, v.sku, m.reason, trim_scale(m.quantity), m.source_line FROM stock_movements m \
         JOIN variants v ON v.account_id = m.account_id AND v.id = m.variant_id \
         WHERE m.store_id = '{}' ORDER BY m.source_ref, m.source_line",
        "SELECT 'level', v.sku, trim_scale(l.on_hand) FROM stock_levels l \
         JOIN variants v ON v.account_id = l.account_id AND v.id = l.variant_id WHERE l.store_id = '{}' ORDER BY v.sku",
        "SELECT 'day', d.day, d.country, c.outside_id, trim_scale(d.gross), trim_scale(d.returns), \
                trim_scale(d.adjustments), trim_scale(d.units), d.orders FROM daily_sales d \
         LEFT JOIN customers c ON c.account_id = d.account_id AND c.id = d.customer_id \
         WHERE d.store_id = '{}' ORDER BY d.day, d.country, c.outside_id",
        "SELECT 'product day', d.day, v.sku, trim_scale(d.gross), trim_scale(d.returns), trim_scale(d.adjustments), \
                trim_scale(d.units), d.orders FROM daily_product_sales d \
         JOIN variants v ON v.account_id = d.account_id AND v.id = d.variant_id \
         WHERE d.store_id = '{}' ORDER BY d.day, v.sku",
        "SELECT 'product month', d.month, v.sku, trim_scale(d.gross), trim_scale(d.returns), \
                trim_scale(d.adjustments), trim_scale(d.units), d.orders FROM monthly_product_sales d \
         JOIN variants v ON v.account_id = d.account_id AND v.id = d.variant_id \
         WHERE d.store_id = '{}' ORDER BY d.month, v.sku",
    ];
    let mut rows = Vec::new();
    for query in queries {
        rows.extend(app.sql(&query.replace("{}", store_id)).await);
    }
    rows
}

/// Makes sure that the sums equal those that the lines give when added up anew, and the levels those of the ledger.
pub(super) async fn assert_sums_agree(app: &TestApp, store_id: &str) {
    let by_lines = "WITH lines AS (
        SELECT l.*, o.country, o.customer_id, (l.occurred_at AT TIME ZONE s.timezone)::date AS day,
               l.quantity * l.unit_price AS amount
        FROM stores s JOIN orders o ON o.account_id = s.account_id AND o.store_id = s.id
        JOIN order_lines l ON l.account_id = o.account_id AND l.order_id = o.id WHERE s.id = '{}'
    ), firsts AS (SELECT order_id, min(occurred_at) AS at FROM lines WHERE event = 1 GROUP BY 1),
    variant_firsts AS (SELECT order_id, variant_id, min(occurred_at) AS at FROM lines WHERE event = 1 GROUP BY 1, 2)";
    let measures = "trim_scale(coalesce(sum(amount) FILTER (WHERE event = 1), 0)),
        trim_scale(coalesce(-sum(amount) FILTER (WHERE event = 2), 0)),
        trim_scale(coalesce(sum(amount) FILTER (WHERE event = 3), 0)),
        trim_scale(coalesce(sum(quantity) FILTER (WHERE event = 1), 0)),
        trim_scale(coalesce(sum(discount) FILTER (WHERE event = 1), 0) - coalesce(sum(discount) FILTER (WHERE event = 2), 0)),
        trim_scale(coalesce(sum(tax) FILTER (WHERE event = 1), 0) - coalesce(sum(tax) FILTER (WHERE event = 2), 0))";
    let stored = "trim_scale(coalesce(gross, 0)), trim_scale(coalesce(returns, 0)),
        trim_scale(coalesce(adjustments, 0)), trim_scale(coalesce(units, 0)), trim_scale(coalesce(discounts, 0)),
        trim_scale(coalesce(tax, 0)), coalesce(orders, 0)::bigint";
    let nil = "coalesce(customer_id, '00000000-0000-0000-0000-000000000000')";
    let pairs = [
        (
            format!(
                "{by_lines} SELECT day, country, {nil}, {measures}, count(DISTINCT lines.order_id) FILTER (WHERE event = 1
                 AND occurred_at = firsts.at) FROM lines LEFT JOIN firsts USING (order_id) GROUP BY 1, 2, 3"
            ),
            format!("SELECT day, country, customer_id, {stored} FROM daily_sales WHERE store_id = '{{}}'"),
        ),
        (
            format!(
                "{by_lines} SELECT day, variant_id, {measures}, count(DISTINCT lines.order_id) FILTER (WHERE event = 1
                 AND occurred_at = variant_firsts.at) FROM lines LEFT JOIN variant_firsts USING (order_id, variant_id)
                 GROUP BY 1, 2"
            ),
            format!("SELECT day, variant_id, {stored} FROM daily_product_sales WHERE store_id = '{{}}'"),
        ),
        (
            format!(
                "{by_lines} SELECT date_trunc('month', day)::date, variant_id, {measures},
                 count(DISTINCT lines.order_id) FILTER (WHERE event = 1 AND occurred_at = variant_firsts.at)
                 FROM lines LEFT JOIN variant_firsts USING (order_id, variant_id) GROUP BY 1, 2"
            ),
            format!("SELECT month, variant_id, {stored} FROM monthly_product_sales WHERE store_id = '{{}}'"),
        ),
        (
            "SELECT variant_id, location_id, trim_scale(sum(quantity)) FROM stock_movements WHERE store_id = '{}' \
             GROUP BY 1, 2"
                .to_owned(),
            "SELECT variant_id, location_id, trim_scale(on_hand) FROM stock_levels WHERE store_id = '{}'".to_owned(),
        ),
    ];
    for (added_up, kept) in pairs {
        let mut added_up = app.sql(&added_up.replace("{}", store_id)).await;
        let mut kept = app.sql(&kept.replace("{}", store_id)).await;
        // A sum of nothing may be kept or not.
        let says_something = |row: &Vec<String>| row.iter().skip(2).any(|figure| figure != "0");
        added_up.retain(says_something);
        kept.retain(says_something);
        added_up.sort();
        kept.sort();
        assert_eq!(added_up, kept);
    }
}
