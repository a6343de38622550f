use suite_core::import::ImportFormat;
use suite_db::imports;
use suite_tests::TestApp;

const COUNT: &str = "SELECT (SELECT count(*) FROM imports) || ' imports, ' || (SELECT count(*) FROM import_chunks) || ' pieces'";

#[tokio::test]
async fn an_upload_takes_pieces_only_until_it_is_complete_or_abandoned() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let stranger = app.account().await;
    let store = client.store("GBP", "Europe/London").await.parse().unwrap();
    let mut tx = app.db.account(client.account_id()).await.unwrap();
    let id = imports::begin_upload(&mut tx, store, ImportFormat::InvoiceLines, false)
        .await
        .unwrap();
    imports::append_chunk(&mut tx, id, 0, b"Invoice")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = app.db.account(stranger.account_id()).await.unwrap();
    imports::append_chunk(&mut tx, id, 1, b"No")
        .await
        .unwrap_err();
    imports::begin_upload(&mut tx, store, ImportFormat::InvoiceLines, false)
        .await
        .unwrap_err();
    drop(tx);
    let mut tx = app.db.account(client.account_id()).await.unwrap();
    imports::abandon_upload(&mut tx, id).await.unwrap();
    imports::append_chunk(&mut tx, id, 1, b"No")
        .await
        .unwrap_err();
    tx.commit().await.unwrap();
    assert_eq!(app.value(COUNT).await, "0 imports, 0 pieces");
}
