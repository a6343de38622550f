use chrono::TimeDelta;
use suite_core::jobs::BackUpDatabase;
use suite_tests::TestBucket;

use super::{run, shop};
use crate::cli::suitectl;

#[tokio::test]
async fn old_backups_go_when_a_new_one_is_whole_and_nothing_else_is_touched() {
    let bucket = TestBucket::new().await;
    let app = shop(&bucket).await;
    for stranger in [
        "important.dump",
        "backups/notes.txt",
        "backups/other.dump",
        "backupsold/20200101T000000Z-00000001.dump",
    ] {
        bucket.write(stranger, b"mine".to_vec()).await;
    }
    run(&app, &BackUpDatabase {}).await;
    app.clock.advance(TimeDelta::days(20));
    run(&app, &BackUpDatabase {}).await;
    assert_eq!(bucket.keys().await.len(), 4 + 4);
    app.clock.advance(TimeDelta::days(11));
    let made = run(&app, &BackUpDatabase {}).await;
    assert_eq!(made["deleted_objects"], 2);
    let keys = bucket.keys().await;
    assert_eq!(keys.len(), 4 + 4, "{keys:?}");
    assert!(
        keys.contains(&"important.dump".to_owned())
            && keys.contains(&"backups/other.dump".to_owned())
    );
    assert_eq!(app.value("SELECT count(*) FROM backups").await, "2");
}

#[tokio::test]
async fn a_backup_that_was_killed_before_it_was_whole_does_not_count_and_is_cleared_away() {
    let bucket = TestBucket::new().await;
    let app = shop(&bucket).await;
    run(&app, &BackUpDatabase {}).await;
    let old = bucket.key(".json").await;
    app.clock.advance(TimeDelta::days(40));
    // Killed between the upload and the manifest: the dump is there, and it does not count.
    run(&app, &BackUpDatabase {}).await;
    let keys = bucket.keys().await;
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(
        !keys.contains(&old),
        "the old one went when the new one was whole"
    );
    let manifest = bucket.key(".json").await;
    bucket.delete(&manifest).await;
    let told = suitectl(&app, &["backup", "verify"]).await.refused();
    assert!(told.contains("not found"), "{told}");
    app.clock.advance(TimeDelta::days(1));
    run(&app, &BackUpDatabase {}).await;
    assert_eq!(bucket.keys().await.len(), 3, "it may still be on its way");
    app.clock.advance(TimeDelta::days(2));
    run(&app, &BackUpDatabase {}).await;
    let keys = bucket.keys().await;
    assert_eq!(keys.len(), 4, "{keys:?}");
    assert!(!keys.contains(&manifest.replace(".json", ".dump")));
}
