//! Reports read from a standby where it shows all that was committed before them, and from the primary otherwise.

use std::time::{Duration, Instant};

use diesel_async::SimpleAsyncConnection;
use suite_core::{config::DatabaseConfig, id::AccountId};
use suite_db::{AccountTx, Db};
use suite_tests::{OwnServers, TestDb, until};

const FROM_THE_STANDBY: &str = "DO $$ BEGIN IF NOT pg_is_in_recovery() THEN RAISE EXCEPTION 'this is the primary'; END IF; END $$";

async fn db(config: &DatabaseConfig, replica: &str, wait_ms: u64) -> Db {
    let mut config = config.clone();
    config.replica_url = replica.to_owned().into();
    config.replica_wait_ms = wait_ms;
    config.acquire_timeout_ms = 10_000;
    Db::new(&config, "suite-tests").await.unwrap()
}

async fn is_from_standby(tx: &mut AccountTx) -> bool {
    tx.batch_execute(FROM_THE_STANDBY).await.is_ok()
}

#[tokio::test]
async fn a_report_waits_for_a_standby_that_is_behind_and_passes_over_one_that_is_too_far_behind() {
    let servers = OwnServers::with_standby("standby").await;
    let database = TestDb::on(servers.addresses().clone()).await;
    let name = database.value("SELECT current_database()").await;
    let standby = servers.standby(&name);
    let account = AccountId::new();
    let patient = db(&database.config(), &standby, 60_000).await;
    let write = format!(
        "INSERT INTO accounts (id, name, plan, trial_ends_at) VALUES ('{account}', 'x', 'trial', now())"
    );
    database.sql(&write).await;
    // The database itself comes there late as well.
    until("the standby has the database", || async {
        let tx = patient.account_for_reports(account).await;
        is_from_standby(&mut tx.unwrap()).await
    })
    .await;
    database.sql("UPDATE accounts SET name = 'newest'").await;
    let mut tx = patient.account_for_reports(account).await.unwrap();
    assert!(
        is_from_standby(&mut tx).await,
        "the standby had time to catch up"
    );
    let shows = "DO $$ BEGIN IF NOT EXISTS (SELECT FROM accounts WHERE name = 'newest') THEN RAISE EXCEPTION 'stale'; END IF; END $$";
    tx.batch_execute(shows).await.unwrap();
    drop(tx);
    // It shows each commit two seconds late.
    let hasty = db(&database.config(), &standby, 50).await;
    database.sql("UPDATE accounts SET name = 'y'").await;
    let begun = Instant::now();
    let mut tx = hasty.account_for_reports(account).await.unwrap();
    assert!(!is_from_standby(&mut tx).await);
    assert!(
        begun.elapsed() < Duration::from_millis(1_900),
        "nobody waits for it longer than told"
    );
}

#[tokio::test]
async fn a_replica_that_is_away_or_is_none_leaves_reports_to_the_primary() {
    let database = TestDb::new().await;
    let account = AccountId::new();
    for replica in [
        "postgres://nobody:nothing@127.0.0.1:1/nowhere",
        &database.url(),
    ] {
        let db = db(&database.config(), replica, 100).await;
        let mut tx = db.account_for_reports(account).await.unwrap();
        tx.batch_execute("SELECT count(*) FROM orders")
            .await
            .unwrap();
        assert!(!is_from_standby(&mut tx).await, "{replica}");
    }
}
