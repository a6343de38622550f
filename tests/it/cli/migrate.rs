use suite_core::{
    clock::Clock,
    config::{Purpose, Settings},
};
use suite_tests::{TestApp, TestDb};

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
