//! The second wall: what the database itself refuses, whatever a query forgets.

use serde_json::json;
use suite_tests::{Client, INVOICE_LINES, TestApp};
use tokio_postgres::error::SqlState;

/// Every table of the application, with the column that names the account, if it has one.
const TABLES: &str = "SELECT c.relname, coalesce(a.attname, ''), c.relrowsecurity, c.relforcerowsecurity,
        (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)
   FROM pg_class c
   LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND c.relname <> '__diesel_schema_migrations'
  ORDER BY c.relname";

/// Tables that belong to the installation and hold nothing of an account.
const OF_THE_FLEET: &[&str] = &[
    "alerts",
    "backups",
    "keeper",
    "limits",
    "queues",
    "web_processes",
    "workers",
];

/// The account's own table: its key is the account.
const ACCOUNTS: &str = "accounts";

/// Unique indexes that may not begin with the account, with the reason.
const GLOBAL_KEYS: &[(&str, &str)] = &[
    ("accounts_pkey", "the id is the account"),
    (
        "stripe_events_pkey",
        "an event comes before it is known whose it is",
    ),
    (
        "users_email_key",
        "a person logs in before any account is known",
    ),
];

async fn account_tables(app: &TestApp) -> Vec<String> {
    let tables = app.sql(TABLES).await.into_iter();
    tables
        .filter(|row| !row[1].is_empty())
        .map(|row| row[0].clone())
        .collect()
}

#[tokio::test]
async fn every_table_of_an_account_has_forced_row_level_security() {
    let app = TestApp::new().await;
    let mut open = Vec::new();
    for row in app.sql(TABLES).await {
        let [table, column, enabled, forced, policies] = &row[..] else {
            panic!("{row:?}")
        };
        let is_of_account = !column.is_empty() || table == ACCOUNTS;
        let is_known = is_of_account || OF_THE_FLEET.contains(&table.as_str());
        assert!(is_known, "{table} has no account_id: whose is it?");
        let is_shut = enabled == "t" && forced == "t" && policies != "0";
        if is_of_account && !is_shut {
            open.push(table.clone());
        }
    }
    assert!(open.is_empty(), "without forced policies: {open:?}");
}

#[tokio::test]
async fn every_unique_key_begins_with_the_account() {
    let app = TestApp::new().await;
    let rows = app
        .sql(
            "SELECT t.relname, i.relname,
                    (SELECT attname FROM pg_attribute WHERE attrelid = t.oid AND attnum = x.indkey[0])
               FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
              WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace ORDER BY 1, 2",
        )
        .await;
    let tables = account_tables(&app).await;
    let mut wrong = Vec::new();
    for row in rows {
        let is_of_account = tables.contains(&row[0]) || row[0] == ACCOUNTS;
        let is_allowed = GLOBAL_KEYS.iter().any(|(name, _)| *name == row[1]);
        if is_of_account && !is_allowed && row[2] != "account_id" {
            wrong.push(row);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Fills as many tables as the API does.
async fn furnish(app: &TestApp) -> Client {
    let merchant = app.account().await;
    let key = "the-first-store";
    let body = json!({"name": "Tea", "currency": "GBP", "timezone": "Europe/London"});
    let request =
        suite_tests::with_json(merchant.request(reqwest::Method::POST, "/v1/stores"), &body);
    let made = suite_tests::Answer::of(request.header("idempotency-key", key)).await;
    let store = made.expect(201).json()["id"].as_str().unwrap().to_owned();
    merchant
        .post("/v1/tokens", &json!({"name": "till"}))
        .await
        .assert_status(201);
    merchant
        .upload(&store, "invoice_lines", INVOICE_LINES)
        .await
        .assert_status(202);
    app.run_jobs().await;
    let report =
        json!({"store_id": store, "kind": "revenue", "from": "2026-01-01", "to": "2026-01-31"});
    merchant
        .post("/v1/reports", &report)
        .await
        .assert_status(202);
    app.register("somebody@example.com", "a long password")
        .await;
    merchant
}

#[tokio::test]
async fn a_query_that_names_no_account_sees_no_row_of_any_table() {
    let app = TestApp::new().await;
    furnish(&app).await;
    let fleet = app.database.owner().await;
    let nobody = app.database.owner().await;
    nobody
        .batch_execute("SET ROLE suite_app; SET suite.scope = ''; SET suite.account_id = ''")
        .await
        .unwrap();
    let mut tables = account_tables(&app).await;
    tables.push(ACCOUNTS.to_owned());
    let mut proven = 0;
    for table in tables {
        let count = format!("SELECT count(*) FROM {table}");
        let rows: i64 = fleet.query_one(&count, &[]).await.unwrap().get(0);
        let seen: i64 = nobody.query_one(&count, &[]).await.unwrap().get(0);
        assert_eq!(seen, 0, "{table} is open");
        proven += usize::from(rows > 0);
    }
    assert!(proven >= 18, "only {proven} tables had rows to hide");
}

#[tokio::test]
async fn an_account_sees_and_writes_its_own_rows_only() {
    let app = TestApp::new().await;
    let (owner, stranger) = (furnish(&app).await, app.account().await);
    let client = app.database.owner().await;
    client
        .batch_execute(&format!(
            "SET ROLE suite_app; SET suite.scope = ''; SET suite.account_id = '{}'",
            stranger.account_id()
        ))
        .await
        .unwrap();
    for table in account_tables(&app).await {
        let foreign = format!(
            "SELECT count(*) FROM {table} WHERE account_id <> '{}'",
            stranger.account_id()
        );
        let seen: i64 = client.query_one(&foreign, &[]).await.unwrap().get(0);
        assert_eq!(seen, 0, "{table}");
    }
    let stolen = client
        .execute(
            &format!(
                "UPDATE stores SET name = 'mine' WHERE account_id = '{}'",
                owner.account_id()
            ),
            &[],
        )
        .await
        .unwrap();
    assert_eq!(stolen, 0);
    let planted = client
        .execute(
            &format!(
                "INSERT INTO audit_log (account_id, id, actor, action, subject)
                 VALUES ('{}', gen_random_uuid(), 'x', 'x', 'x')",
                owner.account_id()
            ),
            &[],
        )
        .await
        .unwrap_err();
    assert_eq!(planted.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
}

#[tokio::test]
async fn the_application_works_as_a_role_that_policies_bind() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let mut tx = app.db.account(merchant.account_id()).await.unwrap();
    let account = suite_db::accounts::get(&mut tx).await.unwrap();
    assert!(account.is_some());
    drop(tx);
    let role = app
        .sql("SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = 'suite_app'")
        .await;
    assert_eq!(role, [["f", "f", "f"]]);
    let others = app
        .sql("SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = 'suite-tests'")
        .await;
    assert_eq!(others.len(), 1, "{others:?}");
}
