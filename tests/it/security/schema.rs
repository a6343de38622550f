//! The migrations, and that the code is compiled for what they make.

use suite_db::{Db, migrate, schema_text};
use suite_tests::{TestApp, TestDb};

#[tokio::test]
async fn the_schema_in_the_code_is_the_one_that_the_migrations_make() {
    let app = TestApp::new().await;
    let mut tx = app.db.fleet().await.unwrap();
    let made = schema_text::print(&mut tx).await.unwrap();
    let compiled = include_str!("../../../crates/db/src/schema.rs");
    assert!(
        made == compiled,
        "crates/db/src/schema.rs differs: suitectl schema print > crates/db/src/schema.rs"
    );
}

#[tokio::test]
async fn migrations_go_up_down_and_up_again() {
    let database = TestDb::empty().await;
    let config = database.config();
    let first = migrate::up(&config).await.unwrap();
    assert_eq!(first.len(), migrate::expected().unwrap().len());
    assert_eq!(migrate::up(&config).await.unwrap(), Vec::<String>::new());

    let taken_back = migrate::down(&config).await.unwrap();
    assert_eq!(taken_back.len(), first.len());
    let left = database
        .sql(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
                AND relname NOT LIKE '\\_\\_diesel%'
             UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        )
        .await;
    assert!(left.is_empty(), "left behind: {left:?}");

    assert_eq!(migrate::up(&config).await.unwrap(), first);
    let db = Db::new(&config, "suite-tests").await.unwrap();
    let mut tx = db.fleet().await.unwrap();
    let made = schema_text::print(&mut tx).await.unwrap();
    assert!(made == include_str!("../../../crates/db/src/schema.rs"));
}

#[tokio::test]
async fn two_releases_at_once_migrate_once() {
    let database = TestDb::empty().await;
    let config = database.config();
    let (one, other) = tokio::join!(migrate::up(&config), migrate::up(&config));
    let ran = one.unwrap().len() + other.unwrap().len();
    assert_eq!(ran, migrate::expected().unwrap().len());
}
