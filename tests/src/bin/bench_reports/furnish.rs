use suite_tests::{Client, TestApp};

/// How large a store is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) lines: u32,
    pub(crate) variants: u32,
}

/// Lines of an order, and orders of a customer.
const LINES_OF_ORDER: u32 = 20;
const ORDERS_OF_CUSTOMER: u32 = 4;

/// Writes a catalogue, a year of orders with their sums, levels and their ledger, at once, as imports leave them.
pub(crate) async fn furnish(app: &TestApp, merchant: &Client, store: &str, size: Size) {
    let Size { lines, variants } = size;
    let orders = (lines / LINES_OF_ORDER).max(1);
    let customers = (orders / ORDERS_OF_CUSTOMER).max(1);
    let key = format!("'{}'::uuid, '{store}'::uuid", merchant.account_id());
    let account = format!("'{}'::uuid", merchant.account_id());
    let id = |kind: &str, number: &str| format!("md5('{store}{kind}' || {number})::uuid");
    let (variant, order) = (
        id("v", "n % {variants}"),
        id("o", &format!("n / {LINES_OF_ORDER}")),
    );
    let variant = variant.replace("{variants}", &variants.to_string());
    let location = format!("(SELECT id FROM locations WHERE store_id = '{store}' LIMIT 1)");
    // Customers come back on days of their own, spread over the year.
    let day = format!("'2025-03-01'::date + (n % {customers} * 7 + n / {customers} * 67) % 365");
    let customer = id("c", &format!("n % {customers}"));
    for statement in [
        format!(
            "INSERT INTO products (account_id, store_id, id, handle, title, vendor)
             SELECT {key}, {0}, 'P' || n, 'Product ' || n, 'Vendor ' || n % 50 FROM generate_series(0, {variants} - 1) n",
            id("v", "n")
        ),
        format!(
            "INSERT INTO variants (account_id, store_id, id, product_id, sku, title, price, cost)
             SELECT {key}, {0}, {0}, 'P' || n, '', 2.5, 1.5 FROM generate_series(0, {variants} - 1) n",
            id("v", "n")
        ),
        format!(
            "INSERT INTO stock_levels (account_id, store_id, variant_id, location_id, on_hand)
             SELECT {key}, {}, {location}, n % 400 FROM generate_series(0, {variants} - 1) n",
            id("v", "n")
        ),
        format!(
            "INSERT INTO stock_movements (account_id, store_id, id, variant_id, location_id, quantity, before, after, reason,
                                          source, source_ref, source_line, actor, occurred_at, unit_cost)
             SELECT {key}, gen_random_uuid(), {}, {location}, n % 400, 0, n % 400, 'count', 'count', 'x', n::text, 'bench',
                    '2025-02-10T10:00:00Z', 1.5
             FROM generate_series(0, {variants} - 1) n WHERE n % 400 > 0",
            id("v", "n")
        ),
        format!(
            "INSERT INTO customers (account_id, store_id, id, outside_id, country)
             SELECT {key}, {}, 'C' || n, 'Country ' || n % 40 FROM generate_series(0, {customers} - 1) n",
            id("c", "n")
        ),
        format!(
            "INSERT INTO orders (account_id, store_id, id, number, channel, customer_id, country, currency, placed_at, is_credit_note,
                                 line_count, gross, discounts, returns, adjustments, tax, shipping, units)
             SELECT {key}, {}, 'O' || n, 'web', {customer}, 'Country ' || n % 40, 'GBP', ({day}) + '12 hours'::interval, false,
                    {LINES_OF_ORDER}, 200, 0, 0, 0, 0, 0, 80 FROM generate_series(0, {orders} - 1) n",
            id("o", "n")
        ),
        format!(
            "INSERT INTO order_lines (account_id, order_id, position, variant_id, occurred_at, quantity, unit_price, event, title)
             SELECT {account}, {order}, n % {LINES_OF_ORDER}, {variant}, '2025-06-01Z', 4, 2.5, 1, 'Product'
             FROM generate_series(0, {lines} - 1) n"
        ),
        format!(
            "INSERT INTO daily_sales (account_id, store_id, day, country, customer_id, gross, units, orders)
             SELECT {key}, {day}, 'Country ' || n % {customers} % 40, {customer}, sum(200), sum(80), count(*)
             FROM generate_series(0, {orders} - 1) n GROUP BY 3, 4, 5"
        ),
        format!(
            "INSERT INTO daily_product_sales (account_id, store_id, day, variant_id, gross, units, orders)
             SELECT {key}, '2025-03-01'::date + (n / {variants} * 37 + n % {variants} * 11) % 365, {variant},
                    sum(10 + n % 90), sum(1 + n % 9), count(*) FROM generate_series(0, {lines} - 1) n GROUP BY 3, 4"
        ),
        format!(
            "INSERT INTO monthly_product_sales (account_id, store_id, month, variant_id, gross, units, orders)
             SELECT account_id, store_id, date_trunc('month', day)::date, variant_id, sum(gross), sum(units), sum(orders)
             FROM daily_product_sales WHERE store_id = '{store}' GROUP BY 1, 2, 3, 4"
        ),
    ] {
        app.sql(&format!("SET statement_timeout = 0; {statement}")).await;
    }
    app.sql("VACUUM ANALYZE").await;
}
