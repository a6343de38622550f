use serde_json::Value;
use suite_core::{
    config::{Purpose, Settings},
    job::Queue,
};
use suite_tests::{Act, PlainAct, TestApp, TestDb, until};

use super::{NOWHERE_POSTGRESQL, NOWHERE_REDIS, Ran, run, suitectl, suitectl_with};

fn status<'a>(report: &'a Value, name: &str) -> &'a str {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    check.unwrap_or_else(|| panic!("no check {name}: {report:#}"))["status"]
        .as_str()
        .unwrap()
}

async fn examine(app: &TestApp, change: impl FnOnce(&mut Settings)) -> Ran {
    suitectl_with(app, change, &["doctor", "--json"]).await
}

#[tokio::test]
async fn a_healthy_installation_fails_no_check() {
    let app = TestApp::new().await;
    let worker = app.worker(&Queue::ALL).await;
    // The test's clock stands still: the doctor would call that skew.
    let settings = Ok(app.settings.clone());
    let ran = run(
        settings,
        &suite_core::clock::Clock::System,
        &["doctor", "--json"],
        None,
    )
    .await;
    let report = ran.json();
    assert_eq!(ran.code, 0, "{report:#}");
    assert_eq!(status(&report, "backup"), "warn", "{report:#}");
    for name in [
        "configuration",
        "postgresql",
        "migrations",
        "row security",
        "clock",
        "pool budget",
        "workers",
        "versions",
        "orphans",
        "oldest waiting",
        "redis",
        "eviction",
    ] {
        assert_eq!(status(&report, name), "ok", "{name}: {report:#}");
    }
    worker.stop().await;
}

#[tokio::test]
async fn clocks_that_differ_are_told() {
    let app = TestApp::new().await;
    let ran = examine(&app, |_| {}).await;
    assert_eq!(
        (ran.code, status(&ran.json(), "clock")),
        (1, "fail"),
        "{ran:#?}"
    );
}

#[tokio::test]
async fn each_server_is_examined_while_the_other_is_away() {
    let app = TestApp::new().await;
    let ran = examine(&app, |settings| settings.redis.url = NOWHERE_REDIS.into()).await;
    let report = ran.json();
    assert_eq!(ran.code, 1, "{report:#}");
    assert_eq!(
        (status(&report, "redis"), status(&report, "postgresql")),
        ("fail", "ok"),
        "{report:#}"
    );
    let ran = examine(&app, |settings| {
        settings.database.url = NOWHERE_POSTGRESQL.into()
    })
    .await;
    let report = ran.json();
    assert_eq!(ran.code, 1, "{report:#}");
    assert_eq!(
        (status(&report, "redis"), status(&report, "postgresql")),
        ("ok", "fail"),
        "{report:#}"
    );
}

#[tokio::test]
async fn a_process_is_ready_without_redis_and_not_without_postgresql() {
    let app = TestApp::new().await;
    let no_redis = |settings: &mut Settings| settings.redis.url = NOWHERE_REDIS.into();
    let ready = suitectl_with(&app, no_redis, &["doctor", "--ready"])
        .await
        .fine();
    assert_eq!(ready.out, "ready\n");
    let no_postgresql = |settings: &mut Settings| settings.database.url = NOWHERE_POSTGRESQL.into();
    assert_eq!(
        suitectl_with(&app, no_postgresql, &["doctor", "--ready"])
            .await
            .code,
        1
    );
    let database = TestDb::empty().await;
    let empty = |settings: &mut Settings| settings.database.url = database.url().into();
    let ran = suitectl_with(&app, empty, &["doctor", "--ready"]).await;
    assert!(
        ran.code == 1 && ran.out.contains("suitectl migrate"),
        "{ran:#?}"
    );
}

#[tokio::test]
async fn faults_of_the_configuration_are_a_check_of_their_own() {
    let app = TestApp::new().await;
    let broken = Settings::from_variables(
        [("DATABASE_URL".to_owned(), "mysql://x".to_owned())],
        Purpose::Command,
    );
    let ran = run(broken, &app.clock, &["doctor"], None).await.fits();
    assert!(
        ran.code == 1 && ran.out.starts_with("FAIL  configuration"),
        "{ran:#?}"
    );
}

#[tokio::test]
async fn what_only_the_web_process_would_miss_is_told() {
    let app = TestApp::new().await;
    let ran = examine(&app, |settings| settings.security.secret_key = "".into()).await;
    assert_eq!(status(&ran.json(), "configuration"), "warn", "{ran:#?}");
}

#[tokio::test]
async fn jobs_without_a_worker_are_told() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    app.enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    app.sql("UPDATE jobs SET run_at = now() - interval '11 minutes'")
        .await;
    let report = examine(&app, |_| {}).await.json();
    assert_eq!(
        (
            status(&report, "workers"),
            status(&report, "oldest waiting")
        ),
        ("fail", "fail"),
        "{report:#}"
    );
    app.sql("UPDATE jobs SET state = 'running', started_at = now() - interval '1 hour', worker_id = gen_random_uuid()").await;
    let report = examine(&app, |_| {}).await.json();
    assert_eq!(
        (
            status(&report, "orphans"),
            status(&report, "oldest waiting")
        ),
        ("fail", "ok"),
        "{report:#}"
    );
    let text = suitectl(&app, &["doctor"]).await.fits();
    assert!(
        text.out.contains("1 job run for workers that are gone"),
        "{text:#?}"
    );
}

#[tokio::test]
async fn web_processes_are_counted_and_their_versions_told() {
    let app = TestApp::new().await;
    until("the server has introduced itself", || async {
        app.value("SELECT count(*) FROM web_processes").await == "1"
    })
    .await;
    app.sql(
        "INSERT INTO web_processes (id, host, pid, version, pool_size, beat_at)
         VALUES (gen_random_uuid(), 'other', 7, '0.0.1', 1000, now()),
                (gen_random_uuid(), 'gone', 8, '0.0.0', 1000, now() - interval '1 minute')",
    )
    .await;
    let report = examine(&app, |_| {}).await.json();
    assert_eq!(
        (status(&report, "pool budget"), status(&report, "versions")),
        ("fail", "warn"),
        "{report:#}"
    );
    let text = report.to_string();
    assert!(text.contains("2 web processes may open 1008"), "{report:#}");
    assert!(
        text.contains("0.0.1") && !text.contains("0.0.0"),
        "{report:#}"
    );
}

#[tokio::test]
async fn the_age_of_the_last_backup_is_told() {
    let app = TestApp::new().await;
    for (age, expected) in [("2 hours", "ok"), ("3 days", "fail")] {
        app.sql("DELETE FROM backups").await;
        app.sql(&format!(
            "INSERT INTO backups (name, snapshot_at, verified_at, size_bytes, row_count)
             VALUES ('one', now(), '{}'::timestamptz - interval '{age}', 1, 1)",
            app.clock.now()
        ))
        .await;
        let report = examine(&app, |_| {}).await.json();
        assert_eq!(status(&report, "backup"), expected, "{report:#}");
    }
}

#[tokio::test]
async fn a_table_without_row_security_is_found() {
    let app = TestApp::new().await;
    app.sql("ALTER TABLE orders NO FORCE ROW LEVEL SECURITY")
        .await;
    let report = examine(&app, |_| {}).await.json();
    assert_eq!(status(&report, "row security"), "fail", "{report:#}");
}

#[tokio::test]
async fn a_cache_of_its_own_is_looked_at_and_never_fails_the_installation() {
    let app = TestApp::new().await;
    let plain = examine(&app, |_| {}).await.out;
    assert!(!plain.contains("\"cache\""), "{plain}");
    for (url, told) in [
        (app.redis.url(), "takes nothing new"),
        (NOWHERE_REDIS, "made anew each time"),
    ] {
        let report = examine(&app, |settings| settings.redis.cache_url = url.into()).await;
        let report = report.json();
        assert_eq!(status(&report, "cache"), "warn", "{report:#}");
        assert!(report.to_string().contains(told), "{report:#}");
    }
}

/// Returns what a check says, with its status.
fn said(report: &Value, name: &str) -> (String, String) {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name).unwrap();
    let fact = check["fact"].as_str().unwrap();
    (status(report, name).to_owned(), fact.to_owned())
}

#[tokio::test]
async fn addresses_of_operators_without_an_account_are_named() {
    let app = TestApp::new().await;
    app.register("ada@example.com", "correct horse battery")
        .await;
    let told = async |addresses: &[&str]| {
        let addresses: Vec<String> = addresses.iter().map(|text| (*text).to_owned()).collect();
        let ran = examine(&app, |settings| {
            settings.security.operator_emails = addresses.into_iter().collect();
        });
        said(&ran.await.json(), "operators")
    };
    let (status, fact) = told(&["Ada@example.com", "bob@example.com", "nobody"]).await;
    assert_eq!(status, "warn");
    assert!(
        fact.starts_with("no account for bob@example.com, nobody: no alert is mailed there"),
        "{fact}"
    );
    assert_eq!(told(&["Ada@example.com"]).await.0, "ok");
    let (status, fact) = told(&[]).await;
    assert_eq!(
        (status.as_str(), fact.contains("names nobody")),
        ("warn", true)
    );
}

#[tokio::test]
async fn the_size_of_the_database_is_told_and_held_against_what_it_may_become() {
    let app = TestApp::new().await;
    let told = async |limit: u64| {
        let ran = examine(&app, |settings| {
            settings.monitor.database_limit_mib = limit;
        });
        said(&ran.await.json(), "database size")
    };
    let (status, fact) = told(0).await;
    assert_eq!(status, "ok");
    assert!(
        fact.contains(" MiB; SUITE__MONITOR__DATABASE_LIMIT_MIB"),
        "{fact}"
    );
    assert_eq!(told(1_000_000).await.0, "ok");
    let (status, fact) = told(1).await;
    assert_eq!(status, "warn");
    assert!(fact.contains(" of 1 MiB, "), "{fact}");
}
