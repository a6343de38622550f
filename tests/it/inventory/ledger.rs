//! The ledger is only ever added to.

use serde_json::json;
use suite_tests::{INVOICE_LINES, TestApp};
use tokio_postgres::error::SqlState;

#[tokio::test]
async fn what_the_ledger_says_can_be_neither_changed_nor_taken_away() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    merchant
        .upload(&store, "invoice_lines", INVOICE_LINES)
        .await
        .assert_status(202);
    app.run_jobs().await;
    let count = "SELECT count(*) FROM stock_movements";
    assert_ne!(app.value(count).await, "0");
    let owner = app.database.owner().await;
    owner
        .batch_execute("SET suite.scope = 'fleet'")
        .await
        .unwrap();
    for statement in [
        "UPDATE stock_movements SET reason = 'better'",
        "DELETE FROM stock_movements",
        "TRUNCATE stock_movements",
    ] {
        let refused = owner.batch_execute(statement).await.unwrap_err();
        let expected = Some(&SqlState::INTEGRITY_CONSTRAINT_VIOLATION);
        assert_eq!(refused.code(), expected, "{statement}");
    }
    owner.batch_execute("SET ROLE suite_app").await.unwrap();
    let refused = owner
        .batch_execute("UPDATE stock_movements SET reason = 'better'")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    // A store takes its ledger along.
    merchant
        .delete(&format!("/v1/stores/{store}"))
        .await
        .assert_status(204);
    app.run_jobs().await;
    assert_eq!(app.value(count).await, "0");
    assert_eq!(json!([]), merchant.get("/v1/stores").await.json()["items"]);
}
