//! Files that come in: whole, broken off, too large, twice.

use reqwest::{Method, RequestBuilder};
use suite_tests::{Answer, Client, TestApp, until};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Larger than what is stored in one piece.
fn large_file() -> String {
    let mut file = "InvoiceNo,StockCode\r\n".to_owned();
    while file.len() < 1_500_000 {
        file.push_str(&format!("{},85123A\r\n", file.len()));
    }
    file
}

fn upload(client: &Client, store_id: &str) -> RequestBuilder {
    let path = format!("/v1/stores/{store_id}/imports?format=invoice_lines");
    client
        .request(Method::POST, &path)
        .header("content-type", "text/csv")
}

async fn nothing_is_left(app: &TestApp) -> bool {
    app.value("SELECT (SELECT count(*) FROM imports) + (SELECT count(*) FROM import_chunks) + (SELECT count(*) FROM jobs)")
        .await
        == "0"
}

#[tokio::test]
async fn a_file_is_stored_as_it_came_and_handed_to_a_job() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let file = large_file();
    let answer = merchant
        .upload(&store, "invoice_lines", file.clone())
        .await
        .expect(202);
    let job = answer.json();
    assert_eq!(job["kind"], "run_import");
    assert_eq!(job["state"], "queued");
    let location = format!("/v1/jobs/{}", job["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), location);
    assert_eq!(answer.header("retry-after"), "1");

    let link = answer.header("link");
    let address = link.split(['<', '>']).nth(1).unwrap();
    let import = merchant.get(address).await.expect(200).json();
    assert_eq!(import["state"], "queued");
    assert_eq!(import["job_id"], job["id"]);
    assert_eq!(import["size_bytes"], file.len());
    let pieces = app.value("SELECT count(*) FROM import_chunks").await;
    assert!(pieces.parse::<u32>().unwrap() >= 2, "{pieces}");
    let stored =
        "SELECT convert_from(string_agg(bytes, '' ORDER BY ordinal), 'UTF8') FROM import_chunks";
    assert!(app.value(stored).await == file, "the bytes have changed");
}

#[tokio::test]
async fn a_compressed_file_is_known_as_such_either_way() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let encoded = upload(&merchant, &store).header("content-encoding", "gzip");
    Answer::of(encoded.body("x")).await.assert_status(202);
    let path = format!("/v1/stores/{store}/imports?format=invoice_lines");
    let plain = merchant
        .request(Method::POST, &path)
        .header("content-type", "application/gzip");
    Answer::of(plain.body("x")).await.assert_status(202);
    let zipped = app
        .value("SELECT count(*) FROM imports WHERE is_gzip")
        .await;
    assert_eq!(zipped, "2");
}

#[tokio::test]
async fn what_cannot_be_an_import_is_refused_and_leaves_nothing() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let unknown = "0190d3c8-7c00-7000-8000-000000000001";
    merchant
        .upload(unknown, "invoice_lines", "a,b")
        .await
        .problem(404, "not_found");
    let format = merchant
        .upload(&store, "cohorts", "a,b")
        .await
        .problem(422, "invalid");
    assert_eq!(format["errors"][0]["field"], "format");
    let empty = merchant
        .upload(&store, "invoice_lines", "")
        .await
        .problem(422, "invalid");
    assert_eq!(empty["errors"][0]["field"], "body");
    let path = format!("/v1/stores/{store}/imports?format=invoice_lines");
    for content_type in [
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
    ] {
        let request = merchant.request(Method::POST, &path);
        let request = request.header("content-type", content_type).body("a,b");
        Answer::of(request)
            .await
            .problem(415, "unsupported_media_type");
    }
    until("refused uploads are gone", || nothing_is_left(&app)).await;
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_announced_or_not() {
    let app = TestApp::with(&[("SUITE__HTTP__UPLOAD_LIMIT_BYTES", "1000")]).await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let announced = Answer::of(upload(&merchant, &store).body("x".repeat(1_001))).await;
    announced.problem(413, "payload_too_large");

    // No length is announced: the pieces are counted as they come.
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let head = head(&merchant, &store, "transfer-encoding: chunked");
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = format!("3e9\r\n{}\r\n0\r\n\r\n", "x".repeat(1_001));
    stream.write_all(piece.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("payload_too_large"), "{answer}");
    until("refused uploads are gone", || nothing_is_left(&app)).await;
}

fn head(client: &Client, store_id: &str, length: &str) -> String {
    format!(
        "POST /v1/stores/{store_id}/imports?format=invoice_lines HTTP/1.1\r\nhost: test\r\n\
         authorization: Bearer {}\r\ncontent-type: text/csv\r\n{length}\r\n\r\n",
        client.token()
    )
}

#[tokio::test]
async fn an_upload_that_stops_moving_is_given_up() {
    let app = TestApp::with(&[("SUITE__HTTP__UPLOAD_IDLE_SECONDS", "1")]).await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let head = head(&merchant, &store, "content-length: 1000");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(b"InvoiceNo,").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("request_timeout"), "{answer}");
    until("the stalled upload is gone", || nothing_is_left(&app)).await;
}

#[tokio::test]
async fn an_upload_whose_client_vanishes_leaves_nothing() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let head = head(&merchant, &store, "content-length: 5000000");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(large_file().as_bytes()).await.unwrap();
    until("a piece is stored", || async {
        app.value("SELECT count(*) > 0 FROM import_chunks").await == "t"
    })
    .await;
    drop(stream);
    until("the upload is gone", || nothing_is_left(&app)).await;
}

#[tokio::test]
async fn an_upload_with_a_key_is_taken_once() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let send = |file: &'static str| {
        let request = upload(&merchant, &store).header("idempotency-key", "march");
        Answer::of(request.body(file))
    };
    let first = send("a,b").await.expect(202);
    let again = send("a,b").await.expect(202);
    assert_eq!(again.text(), first.text());
    assert_eq!(again.header("location"), first.header("location"));
    send("a,c").await.problem(422, "idempotency_key_reused");
    until("what was sent again is gone", || async {
        app.value("SELECT count(*) FROM imports").await == "1"
    })
    .await;
    assert_eq!(app.value("SELECT count(*) FROM jobs").await, "1");
}
