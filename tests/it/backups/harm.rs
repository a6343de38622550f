use suite_core::{
    config::Settings,
    id::AccountId,
    job::JobState,
    jobs::{BackUpDatabase, DrillBackup},
};
use suite_tests::{TestApp, TestBucket, TestDb, until};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::{restore, run, shop};
use crate::cli::{suitectl, suitectl_with};

#[tokio::test]
async fn a_dump_that_was_cut_or_changed_is_found_out() {
    let bucket = TestBucket::new().await;
    let app = shop(&bucket).await;
    run(&app, &BackUpDatabase {}).await;
    let key = bucket.key(".dump").await;
    let whole = bucket.read(&key).await;
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    for harmed in [
        &whole[..whole.len() - 1],
        &whole[..whole.len() / 2],
        &[],
        &changed,
    ] {
        bucket.write(&key, harmed.to_vec()).await;
        let told = suitectl(&app, &["backup", "verify"]).await.refused();
        assert!(
            told.contains("cut") || told.contains("changed") || told.contains("manifest says"),
            "{told}"
        );
        let target = TestDb::empty().await;
        let told = restore(&app, &target).await.refused();
        assert!(!told.contains("every table"), "{told}");
    }
    let job = app.enqueue(AccountId::OPERATOR, &DrillBackup {}).await;
    let worker = app.worker(&[suite_core::job::Queue::Maintenance]).await;
    app.wait_for(job, JobState::Dead).await;
    worker.stop().await;
    bucket.write(&key, whole).await;
    suitectl(&app, &["backup", "verify"]).await.fine();
}

#[tokio::test]
async fn a_manifest_that_was_changed_or_stands_beside_another_dump_is_found_out() {
    let bucket = TestBucket::new().await;
    let app = shop(&bucket).await;
    run(&app, &BackUpDatabase {}).await;
    let (dump, manifest) = (bucket.key(".dump").await, bucket.key(".json").await);
    let text = String::from_utf8(bucket.read(&manifest).await).unwrap();
    let lied = text.replacen("\"rows\": 0", "\"rows\": 1", 1);
    assert_ne!(text, lied);
    bucket.write(&manifest, lied.into_bytes()).await;
    let told = suitectl(&app, &["backup", "verify"]).await.refused();
    assert!(told.contains("ENCRYPTION_KEY"), "{told}");
    bucket.write(&manifest, text.into_bytes()).await;
    // A whole dump, but not this manifest's.
    let other = TestBucket::new().await;
    let second = shop(&other).await;
    run(&second, &BackUpDatabase {}).await;
    let foreign = other.read(&other.key(".dump").await).await;
    bucket.write(&dump, foreign).await;
    let told = suitectl(&app, &["backup", "verify"]).await.refused();
    assert!(told.contains("manifest says"), "{told}");
}

#[tokio::test]
async fn another_key_reads_no_backup_and_says_so() {
    let bucket = TestBucket::new().await;
    let app = shop(&bucket).await;
    run(&app, &BackUpDatabase {}).await;
    let other_key = |settings: &mut Settings| {
        settings.security.encryption_key = "another-encryption-key-0123456789abcdef".into();
    };
    let told = suitectl_with(&app, other_key, &["backup", "verify"])
        .await
        .refused();
    assert!(told.contains("another ENCRYPTION_KEY"), "{told}");
    let listed = suitectl_with(&app, other_key, &["backup", "list"])
        .await
        .fine();
    assert!(listed.out.contains("manifest"), "{listed:?}");
    let no_key = |settings: &mut Settings| settings.security.encryption_key = "".into();
    let told = suitectl_with(&app, no_key, &["backup", "create"])
        .await
        .refused();
    assert!(told.contains("ENCRYPTION_KEY"), "{told}");
}

#[tokio::test]
async fn a_bucket_that_is_missing_is_told_and_tried_again() {
    let bucket = TestBucket::missing();
    let app = TestApp::with(&bucket.variables()).await;
    let told = suitectl(&app, &["backup", "create"]).await.refused();
    assert!(told.contains("NoSuchBucket"), "{told}");
    let job = app.enqueue(AccountId::OPERATOR, &BackUpDatabase {}).await;
    let worker = app.worker(&[suite_core::job::Queue::Maintenance]).await;
    app.wait_for(job, JobState::Retrying).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_storage_that_fails_now_and_then_is_asked_again_and_one_that_always_fails_is_told() {
    let server = MockServer::start().await;
    let failing = Mock::given(any())
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(3);
    failing.mount(&server).await;
    let empty = ResponseTemplate::new(200).set_body_string("<ListBucketResult></ListBucketResult>");
    Mock::given(any()).respond_with(empty).mount(&server).await;
    let uri = server.uri();
    let app = TestApp::with(&[
        ("S3_BACKUP_BUCKET", "b"),
        ("S3_ENDPOINT", &uri),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2hunter2"),
    ])
    .await;
    suitectl(&app, &["backup", "list"]).await.fine();
    server.reset().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(500))
        .mount(&server)
        .await;
    let told = suitectl(&app, &["backup", "list"]).await.refused();
    assert!(told.contains("500") && !told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn a_backup_that_is_called_off_stops_and_leaves_nothing_that_counts() {
    let bucket = TestBucket::new().await;
    let app = shop(&bucket).await;
    // It waits for this lock with its dump, so that it is called off in the middle.
    let holder = app.database.owner().await;
    holder
        .batch_execute("BEGIN; LOCK TABLE stores IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let job = app.enqueue(AccountId::OPERATOR, &BackUpDatabase {}).await;
    let worker = app.worker(&[suite_core::job::Queue::Maintenance]).await;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                      AND application_name = 'suite-backup' AND wait_event_type = 'Lock'";
    until("pg_dump waits", || async {
        app.value(waiting).await != "0"
    })
    .await;
    suitectl(&app, &["jobs", "cancel", &job.id.to_string(), "--yes"])
        .await
        .fine();
    app.wait_for(job, JobState::Cancelled).await;
    drop(holder);
    until("pg_dump is gone", || async {
        app.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'suite-backup'").await == "0"
    })
    .await;
    assert_eq!(bucket.keys().await, Vec::<String>::new());
    worker.stop().await;
}
