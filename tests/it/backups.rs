//! Backups against a real S3 server: made, read back, restored on trial, and whatever can be wrong with them.

mod harm;
mod retention;

use serde_json::Value;
use suite_core::{
    id::AccountId,
    job::{Job, JobState},
    jobs::{BackUpDatabase, DrillBackup},
};
use suite_tests::{INVOICE_LINES, TestApp, TestBucket, TestDb};

use crate::cli::{Ran, suitectl, suitectl_with};

/// An installation with a bucket, and a shop in it.
pub(crate) async fn shop(bucket: &TestBucket) -> TestApp {
    let app = TestApp::with(&bucket.variables()).await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let upload = merchant.upload(&store, "invoice_lines", INVOICE_LINES);
    upload.await.assert_status(202);
    app.run_jobs().await;
    app
}

/// Runs a job of the operator's and returns its result.
pub(crate) async fn run<J: Job>(app: &TestApp, job: &J) -> Value {
    let job = app.enqueue(AccountId::OPERATOR, job).await;
    let worker = app.worker(&[J::QUEUE]).await;
    let row = app.wait_for(job, JobState::Succeeded).await;
    worker.stop().await;
    row.result.expect("a result")
}

/// Restores the newest backup into `target`.
pub(crate) async fn restore(app: &TestApp, target: &TestDb) -> Ran {
    let url = target.url();
    let change = |settings: &mut suite_core::config::Settings| settings.database.url = url.into();
    suitectl_with(app, change, &["backup", "restore", "latest", "--yes"]).await
}

/// What both databases must agree on beside their rows.
const SHAPE: &str = "SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
    SELECT format('%s %s %s', table_name, grantee, privilege_type) AS line
      FROM information_schema.role_table_grants WHERE table_schema = 'public' AND grantee <> current_user
    UNION ALL SELECT format('%s %s %s', relname, relrowsecurity, relforcerowsecurity) FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT format('%s %s', tgname, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT format('%s %s', tablename, qual) FROM pg_policies) shape";

#[tokio::test]
async fn a_backup_is_sealed_and_restores_to_the_last_row_and_privilege() {
    let bucket = TestBucket::new().await;
    let app = shop(&bucket).await;
    // More than one part of an upload, though it is compressed.
    app.sql(
        "INSERT INTO audit_log (account_id, id, actor, action, subject, detail, at)
         SELECT id, gen_random_uuid(), 'a', 'b', 'c', jsonb_build_object('noise',
                (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 500000) i)), now() FROM accounts LIMIT 1",
    )
    .await;
    let made = run(&app, &BackUpDatabase {}).await;
    assert!(made["size_bytes"].as_u64().unwrap() > 8 << 20, "{made}");
    let dump = bucket.read(&bucket.key(".dump").await).await;
    assert!(dump.starts_with(b"ESUITE"), "it is sealed");
    let told = suitectl(&app, &["backup", "verify"]).await.fine();
    assert!(told.out.contains("is whole"), "{told:?}");

    let target = TestDb::empty().await;
    let told = restore(&app, &target).await.fine();
    assert!(
        told.out.contains("every table as its manifest says"),
        "{told:?}"
    );
    assert_eq!(target.value(SHAPE).await, app.value(SHAPE).await);
    let sum = "SELECT count(*) || ' ' || sum(unit_price) FROM order_lines";
    assert_eq!(target.value(sum).await, app.value(sum).await);
    let audited = "SELECT count(*) FROM audit_log WHERE action = 'restore_backup'";
    assert_eq!(target.value(audited).await, "1");

    let again = restore(&app, &target).await.refused();
    assert!(again.contains("not empty"), "{again}");
}

#[tokio::test]
async fn a_drill_restores_the_newest_backup_and_leaves_no_database_behind() {
    let bucket = TestBucket::new().await;
    let app = shop(&bucket).await;
    run(&app, &BackUpDatabase {}).await;
    let drilled = run(&app, &DrillBackup {}).await;
    assert!(drilled["rows"].as_i64().unwrap() > 10, "{drilled}");
    let left = app
        .value("SELECT count(*) FROM pg_database WHERE datname = current_database() || '_drill'");
    assert_eq!(left.await, "0");
    let noted = app
        .value("SELECT count(*) FROM backups WHERE drilled_at IS NOT NULL AND drill_seconds > 0");
    assert_eq!(noted.await, "1");
    let told = suitectl(&app, &["doctor"]).await;
    assert!(told.out.contains("one was restored on"), "{told:?}");
    let listed = suitectl(&app, &["backup", "list"]).await.fine();
    assert!(listed.out.contains("BACKUP"), "{listed:?}");
    let made = suitectl(&app, &["backup", "create", "--json"]).await.fine();
    assert_eq!(
        made.json()["tables"].as_array().unwrap().len(),
        usize_of(&app).await
    );
}

async fn usize_of(app: &TestApp) -> usize {
    let count = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    app.value(count).await.parse().unwrap()
}

#[tokio::test]
async fn without_a_bucket_the_schedule_does_nothing_and_the_command_says_so() {
    let app = TestApp::new().await;
    let made = run(&app, &BackUpDatabase {}).await;
    assert!(made["skipped"].is_string(), "{made}");
    let told = suitectl(&app, &["backup", "list"]).await.refused();
    assert!(told.contains("S3_BACKUP_BUCKET"), "{told}");
}
