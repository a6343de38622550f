use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use suite_tests::TestApp;

use super::state::{import, show, upload};

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const ROW: &str = "1,A,x,1,2011-07-01 10:00,1,,UK";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Some thousand rows that no compression makes small, so that there is a middle to damage.
fn packed() -> Vec<u8> {
    let rows = (0..5_000_u64).map(|row| {
        let noise = row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        format!("{row},S{noise:x},x,1,2011-07-01 10:00,1,,UK\n")
    });
    gzip(format!("{HEADER}\n{}", rows.collect::<String>()).as_bytes())
}

fn broken_files() -> Vec<(&'static str, Vec<u8>)> {
    let whole = packed();
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0);
    let utf16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(format!("{HEADER}\n{ROW}\n").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    vec![
        (
            "The first line is no header",
            format!("{ROW}\n{ROW}\n").into_bytes(),
        ),
        (
            "separated by semicolons",
            format!("{HEADER}\n{ROW}\n").replace(',', ";").into_bytes(),
        ),
        (
            "lacks the column UnitPrice",
            format!("{HEADER}\n{ROW}\n")
                .replace("UnitPrice", "Cost")
                .into_bytes(),
        ),
        ("written in UTF-16", utf16),
        (
            "is not text",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\n".to_vec(),
        ),
        (
            "Line 3 is not UTF-8",
            [
                HEADER.as_bytes(),
                b"\n",
                ROW.as_bytes(),
                b"\n1,A,caf\xE9,1,2011-07-01 10:00,1,,UK\n",
            ]
            .concat(),
        ),
        ("ZIP archive", b"PK\x03\x04\x14\0\x06\0\x08\0rest".to_vec()),
        (
            "never closed",
            format!("{HEADER}\n{ROW}\n1,A,\"x,1,2011\n{ROW}\n").into_bytes(),
        ),
        (
            "longer than 1 MiB",
            format!("{HEADER}\n{ROW}\n{}\n", "x".repeat(3 << 20)).into_bytes(),
        ),
        ("more than 256 columns", ",".repeat(100_000).into_bytes()),
        ("are cut off", whole[..whole.len() / 2].to_vec()),
        ("are damaged", damaged),
        ("lacks the column", gzip(b"Country,Shoes\n1,2\n")),
    ]
}

#[tokio::test]
async fn a_broken_file_fails_with_one_sentence_and_leaves_nothing() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let mut ids = Vec::new();
    for (sentence, file) in broken_files() {
        ids.push((sentence, upload(&client, &store, file).await));
    }
    app.run_jobs().await;
    for (sentence, id) in ids {
        let import = show(&client, &id).await;
        assert_eq!(import["state"], "failed", "{sentence}: {import}");
        let error = import["error"].as_str().unwrap();
        assert!(error.contains(sentence), "{sentence}: {error}");
        assert_eq!(error.matches(". ").count(), 0, "one sentence: {error}");
        let job = client
            .get(&format!("/v1/jobs/{}", import["job_id"].as_str().unwrap()))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&job["state"], &job["attempt"]),
            (&"dead".into(), &1.into()),
            "{job}"
        );
    }
    for table in [
        "orders",
        "order_lines",
        "products",
        "variants",
        "customers",
        "stock_movements",
        "import_rejects",
        "daily_sales",
    ] {
        assert_eq!(
            app.value(&format!("SELECT count(*) FROM {table}")).await,
            "0",
            "{table}"
        );
    }
}

#[tokio::test]
async fn a_file_of_a_header_alone_is_imported_and_adds_nothing() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let import = import(&app, &client, &store, HEADER).await;
    assert_eq!(import["state"], "succeeded", "{import}");
    assert_eq!(import["rows_read"], 0);
    let chunks = app.value("SELECT count(*) FROM import_chunks").await;
    assert_eq!(chunks, "0", "what has been read is let go");
}

#[tokio::test]
async fn a_file_whose_rows_are_refused_by_the_million_fails_and_keeps_those_that_were_told() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let rows = format!(
        "{HEADER}\n{}",
        "1,A,x,none,2011-07-01 10:00,1,,UK\n".repeat(2)
    );
    let (fits, too_many) = (
        upload(&client, &store, rows.clone()).await,
        upload(&client, &store, rows).await,
    );
    // As if the batches before had refused so many.
    for (id, refused) in [(&fits, 999_998), (&too_many, 999_999)] {
        app.sql(&format!(
            "UPDATE imports SET rows_rejected = {refused} WHERE id = '{id}'"
        ))
        .await;
    }
    app.run_jobs().await;
    let fits = show(&client, &fits).await;
    assert_eq!(
        (&fits["state"], &fits["rows_rejected"]),
        (&"succeeded".into(), &1_000_000.into())
    );
    let refused = show(&client, &too_many).await;
    assert_eq!(refused["state"], "failed");
    let error = refused["error"].as_str().unwrap();
    assert!(
        error.contains("More than 1000000 rows were refused"),
        "{error}"
    );
}
