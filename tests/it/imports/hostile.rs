//! Files that mean harm, or look as if they did, in every format: refused in one sentence, or shown as the data they are.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use suite_tests::{Client, TestApp};

use super::state::{show, upload_as};

/// A format with its header, and a row in which `{name}`, `{number}` and `{id}` stand for what a test puts there.
struct Format {
    name: &'static str,
    header: &'static str,
    row: &'static str,
}

/// The rows of each name a thing that `prepare` has made known.
const FORMATS: [Format; 5] = [
    Format {
        name: "invoice_lines",
        header: "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        row: "{id},MUG,{name},{number},2026-02-01 10:00,1,{id},UK",
    },
    Format {
        name: "shopify_orders",
        header: "Name,Email,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,\
                 Lineitem name,Lineitem price,Id",
        row: "#{id},a@example.com,GBP,0,0,0,0,0,2026-02-01 10:00:00 +0000,{number},{name},0,{id}",
    },
    Format {
        name: "shopify_products",
        header: "Handle,Title,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price",
        row: "h{id},{name},Default Title,{id},shopify,{number},1",
    },
    Format {
        name: "shopify_inventory",
        header: "Handle,Option1 Value,SKU,Location,On hand,Title",
        row: "MUG,,MUG,{name},{number},{id}",
    },
    Format {
        name: "stock_count",
        header: "SKU,Location,Counted,Title",
        row: "MUG,{name},{number},{id}",
    },
];

impl Format {
    fn file(&self, name: &str, number: &str, id: &str) -> String {
        let row = self.row.replace("{name}", name).replace("{id}", id);
        format!("{}\n{}\n", self.header, row.replace("{number}", number))
    }
}

async fn shop() -> (TestApp, Client, String) {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let known = FORMATS[0].file("Mug", "1", "1");
    upload_as(&client, &store, "invoice_lines", known).await;
    app.run_jobs().await;
    (app, client, store)
}

/// Imports a file of every format and returns what became of each.
async fn import_all(
    (app, client, store): &(TestApp, Client, String),
    file: impl Fn(&Format) -> Vec<u8>,
) -> Vec<(&'static str, Value)> {
    let mut ids = Vec::new();
    for format in &FORMATS {
        let id = upload_as(client, store, format.name, file(format)).await;
        ids.push((format.name, id));
    }
    app.run_jobs().await;
    let mut imports = Vec::new();
    for (name, id) in ids {
        imports.push((name, show(client, &id).await));
    }
    imports
}

fn assert_refused(imports: &[(&str, Value)], sentence: &str) {
    for (name, import) in imports {
        assert_eq!(import["state"], "failed", "{name}: {import}");
        let error = import["error"].as_str().unwrap();
        assert!(error.contains(sentence), "{name}: {error}");
        assert_eq!(error.matches(". ").count(), 0, "one sentence: {error}");
    }
}

#[tokio::test]
async fn a_header_of_a_million_columns_is_refused_in_every_format() {
    let shop = shop().await;
    let imports = import_all(&shop, |format| {
        format!("{}{}\n", format.header, ",x".repeat(400_000)).into_bytes()
    });
    assert_refused(&imports.await, "The header has more than 256 columns.");
    let imports = import_all(&shop, |format| {
        format!("{}{}\n", format.header, ",x".repeat(1_000_000)).into_bytes()
    });
    // Longer than a record may be: nobody looks for its columns.
    for (name, import) in imports.await {
        assert_eq!(import["state"], "failed", "{name}: {import}");
    }
}

#[tokio::test]
async fn a_line_of_a_gigabyte_is_refused_in_every_format_without_being_held() {
    let shop = shop().await;
    // Packed it is some megabytes: who sends it plain is refused for its size before anybody reads it.
    let mut line = GzEncoder::new(Vec::new(), Compression::fast());
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..1_024 {
        line.write_all(&piece).unwrap();
    }
    let line = line.finish().unwrap();
    let imports = import_all(&shop, |format| {
        let mut header = GzEncoder::new(Vec::new(), Compression::fast());
        header.write_all(format.header.as_bytes()).unwrap();
        header.write_all(b"\n").unwrap();
        [header.finish().unwrap(), line.clone()].concat()
    });
    assert_refused(
        &imports.await,
        "The record that begins in line 2 is longer than 1 MiB.",
    );
}

#[tokio::test]
async fn a_quote_that_is_never_closed_is_refused_in_every_format() {
    let shop = shop().await;
    let imports = import_all(&shop, |format| format.file("\"open", "1", "2").into_bytes());
    assert_refused(
        &imports.await,
        "The quoted field that begins in line 2 is never closed.",
    );
}

#[tokio::test]
async fn absurd_quantities_are_refused_row_by_row_in_every_format() {
    let shop = shop().await;
    for number in [
        "1e400",
        "99999999999999999999",
        "NaN",
        "0x10",
        "1,000",
        "١٢",
    ] {
        let imports = import_all(&shop, |format| {
            let number = number.replace(',', "\u{201A}");
            format.file("Mug", &number, "2").into_bytes()
        });
        for (name, import) in imports.await {
            assert_eq!(import["state"], "succeeded", "{name} {number}: {import}");
            assert_eq!(import["rows_rejected"], 1, "{name} {number}: {import}");
            let told = import["rejects"][0]["reason"].as_str().unwrap();
            let names_field = ["Quantity", "quantity", "Qty", "On hand", "Counted"];
            assert!(
                names_field.iter().any(|field| told.contains(field)),
                "{name}: {told}"
            );
        }
    }
}

#[tokio::test]
async fn formulas_markup_and_ids_of_nineteen_digits_stay_what_they_are_in_every_format() {
    let shop = shop().await;
    let id = "9223372036854775807";
    for name in [
        "=HYPERLINK(1)",
        "<script>alert(1)</script>",
        "@SUM(A1)",
        "\u{202E}gum",
        "'; DROP TABLE orders; --",
    ] {
        let imports = import_all(&shop, |format| format.file(name, "3", id).into_bytes());
        for (format, import) in imports.await {
            assert_eq!(import["state"], "succeeded", "{format} {name}: {import}");
            assert_eq!(import["rows_rejected"], 0, "{format} {name}: {import}");
        }
        let (app, ..) = &shop;
        let quoted = name.replace('\'', "''");
        let kept = format!(
            "SELECT (SELECT count(*) FROM order_lines WHERE title = '{quoted}') || ' ' ||
                    (SELECT count(*) FROM products WHERE title = '{quoted}') || ' ' ||
                    (SELECT count(*) FROM locations WHERE name = '{quoted}')"
        );
        // As a line of an invoice; as a product of a catalogue and one of a gift; as a place.
        let kept = app.value(&kept).await;
        assert!(
            kept.starts_with("1 ") && kept.ends_with(" 1"),
            "{name}: {kept}"
        );
    }
    let (app, ..) = &shop;
    let ids = format!(
        "SELECT (SELECT count(*) FROM orders WHERE number = '{id}') || ' ' ||
                (SELECT count(*) FROM customers WHERE outside_id = '{id}') || ' ' ||
                (SELECT count(*) FROM variants WHERE sku = '{id}')"
    );
    assert_eq!(app.value(&ids).await, "1 1 1");
}
