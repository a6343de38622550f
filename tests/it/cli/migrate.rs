use suite_core::{
    clock::Clock,
    config::{Purpose, Settings},
};
use suite_tests::{TestApp, TestDb, until};

use super::{Ran, run, suitectl};

async fn on(database: &TestDb, arguments: &[&str]) -> Ran {
    let variables = [("DATABASE_URL".to_owned(), database.url())];
    let settings = Settings::from_variables(variables, Purpose::Command);
    run(settings, &Clock::System, arguments, None).await
}

#[tokio::test]
async fn an_empty_database_is_brought_up_once_and_taken_down_and_up_again() {
    let database = TestDb::empty().await;
    let dry = on(&database, &["migrate", "--dry-run", "--json"])
        .await
        .fine()
        .json();
    let pending = dry["pending"].as_array().unwrap().len();
    assert!(pending > 5, "{dry}");
    let first = on(&database, &["migrate"]).await.fine();
    assert!(
        first
            .out
            .ends_with(&format!("PostgreSQL: {pending} migrations applied\n")),
        "{first:?}"
    );
    let second = on(&database, &["migrate"]).await.fine();
    assert_eq!(second.out, "PostgreSQL: no migration applied\n");
    let actor = database.sql("SELECT action FROM audit_log").await;
    assert_eq!(actor, [["migrate_database".to_owned()]]);
    let redone = on(&database, &["migrate", "--redo-all"]).await.fine();
    assert!(
        redone
            .out
            .contains(&format!("{pending} migrations reverted")),
        "{redone:?}"
    );
    assert!(
        redone
            .out
            .ends_with(&format!("{pending} migrations applied\n")),
        "{redone:?}"
    );
}

#[tokio::test]
async fn nothing_is_taken_back_where_somebody_has_an_account() {
    let app = TestApp::new().await;
    app.account().await;
    let refused = suitectl(&app, &["migrate", "--redo-all"]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("holds 1 account"), "{refused:?}");
    assert_eq!(app.value("SELECT count(*) FROM accounts").await, "1");
}

#[tokio::test]
async fn the_schema_that_the_code_is_built_with_is_the_one_of_the_database() {
    let app = TestApp::new().await;
    let printed = suitectl(&app, &["schema", "print"]).await;
    assert_eq!(printed.code, 0, "{printed:?}");
    assert_eq!(
        printed.out,
        include_str!("../../../crates/db/src/schema.rs")
    );
}

/// Makes the newest migrations pending again: the index that is made concurrently, and what comes with it.
async fn without_the_index(database: &TestDb) {
    database
        .sql("DROP INDEX audit_log_newest; DELETE FROM __diesel_schema_migrations WHERE version = '20261129140200'")
        .await;
}

const INDEX: &str = "SELECT count(*) FILTER (WHERE indisvalid) || ' ' || count(*) FROM pg_index
    WHERE indexrelid = to_regclass('audit_log_newest')";

#[tokio::test]
async fn a_migration_that_meets_a_lock_lets_others_through_and_tries_again() {
    let database = TestDb::new().await;
    database
        .sql("DROP TABLE alerts; DELETE FROM __diesel_schema_migrations WHERE version = '20261129140100'")
        .await;
    let holder = database.owner().await;
    // It lets the list be read and not be written.
    holder
        .batch_execute("BEGIN; LOCK TABLE __diesel_schema_migrations IN SHARE MODE")
        .await
        .unwrap();
    let config = database.config();
    let migrating = tokio::spawn(async move { suite_db::migrate::up(&config).await });
    let waiting = "SELECT coalesce(string_agg(query_start::text, ''), '') FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'suite-migrate' AND wait_event_type = 'Lock'";
    let tries = std::sync::Mutex::new(std::collections::BTreeSet::new());
    until("it has tried three times", || async {
        let seen = database.value(waiting).await;
        let mut tries = tries.lock().unwrap();
        if !seen.is_empty() {
            tries.insert(seen);
        }
        tries.len() >= 3
    })
    .await;
    holder.batch_execute("COMMIT").await.unwrap();
    let ran = migrating.await.unwrap().unwrap();
    assert_eq!(ran, ["20261129140100"]);
}

#[tokio::test]
async fn an_index_whose_making_was_cut_short_is_dropped_and_made_again() {
    let database = TestDb::new().await;
    without_the_index(&database).await;
    database
        .sql(
            "INSERT INTO audit_log (account_id, id, actor, action, subject)
             SELECT gen_random_uuid(), '0190d3c8-7c00-7000-8000-000000000001', 'a', 'b', 'c' FROM generate_series(1, 2)",
        )
        .await;
    // Two equal rows: it fails half-way, and stays behind, invalid.
    let cut_short = "CREATE UNIQUE INDEX CONCURRENTLY audit_log_newest ON audit_log (id)";
    let owner = database.owner().await;
    owner.batch_execute(cut_short).await.unwrap_err();
    assert_eq!(database.value(INDEX).await, "0 1");
    let ran = suite_db::migrate::up(&database.config()).await.unwrap();
    assert_eq!(ran, ["20261129140200"]);
    assert_eq!(database.value(INDEX).await, "1 1");
}
