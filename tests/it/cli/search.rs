//! Finding jobs among very many.

use serde_json::Value;
use suite_db::operator::jobs::SEARCH_WINDOW;
use suite_tests::{TestApp, finished_jobs};

use super::suitectl;

/// Enough for the planner to have a reason to prefer an index.
const HISTORY: u32 = 40_000;
const LARGE_ACCOUNT: &str = "0190d3c8-7c00-7000-8000-000000000000";
const SMALL_ACCOUNT: &str = "0190d3c8-7c00-7000-8000-000000000007";

async fn app_with_history() -> TestApp {
    let app = TestApp::new().await;
    app.sql(&finished_jobs(HISTORY)).await;
    app.sql("ANALYZE jobs").await;
    // So that an address finds nobody and an id somebody.
    for id in [LARGE_ACCOUNT, SMALL_ACCOUNT] {
        app.sql(&format!(
            "INSERT INTO accounts (id, name, trial_ends_at) VALUES ('{id}', 'Test merchant', now())"
        ))
        .await;
    }
    app
}

async fn list(app: &TestApp, filter: &[&str]) -> Value {
    let arguments = [&["jobs", "list", "--json", "--limit", "1000"], filter].concat();
    suitectl(app, &arguments).await.fine().json()
}

fn count(page: &Value) -> usize {
    page["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn every_filter_alone_and_combined_finds_what_plain_sql_finds() {
    let app = app_with_history().await;
    for (filter, condition) in [
        (
            &["--kind", "back_up_database"][..],
            "kind = 'back_up_database'",
        ),
        (&["--kind", "no_such_kind"], "false"),
        (&["--state", "cancelled"], "state = 'cancelled'"),
        (&["--state", "dead"], "state = 'dead'"),
        (
            &["--state", "dead,cancelled", "--queue", "email"],
            "state IN ('dead', 'cancelled') AND queue = 'email'",
        ),
        (
            &["--kind", "build_report", "--state", "dead"],
            "kind = 'build_report' AND state = 'dead'",
        ),
        (
            &["--account", LARGE_ACCOUNT, "--state", "dead"],
            "account_id = '0190d3c8-7c00-7000-8000-000000000000' AND state = 'dead'",
        ),
        (
            &["--account", SMALL_ACCOUNT],
            "account_id = '0190d3c8-7c00-7000-8000-000000000007'",
        ),
        (
            &["--account", SMALL_ACCOUNT, "--kind", "send_email"],
            "account_id = '0190d3c8-7c00-7000-8000-000000000007' AND kind = 'send_email'",
        ),
        (
            &["--search", "MAILBOX 3003 IS"],
            "error_detail ~ 'mailbox 3003 is'",
        ),
        (
            &["--search", "is full", "--kind", "sync_store"],
            "state = 'dead' AND kind = 'sync_store'",
        ),
    ] {
        let expected = app
            .value(&format!("SELECT count(*) FROM jobs WHERE {condition}"))
            .await;
        let page = list(&app, filter).await;
        assert_eq!(count(&page).to_string(), expected, "{filter:?}");
        assert!(page["searched_back_to"].is_null(), "{filter:?}");
    }
}

#[tokio::test]
async fn a_time_is_kept_to_on_both_sides() {
    let app = TestApp::new().await;
    app.sql(&finished_jobs(700)).await;
    let between = async |since: &str, until: &str| {
        let condition = format!(
            "created_at >= now() - interval '{since}' AND created_at < now() - interval '{until}'"
        );
        let times = app
            .sql(&format!(
                "SELECT to_char(now() - interval '{since}', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
                        to_char(now() - interval '{until}', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
            ))
            .await;
        let [since, until] = [&times[0][0], &times[0][1]];
        let page = list(
            &app,
            &["--since", since, "--until", until, "--kind", "send_email"],
        )
        .await;
        let all = format!("SELECT count(*) FROM jobs WHERE kind = 'send_email' AND {condition}");
        (count(&page).to_string(), app.value(&all).await)
    };
    // Between two jobs lie a quarter of an hour, so that the second that passes meanwhile changes nothing.
    let (found, expected) = between("4 days 1 minute", "2 days 1 minute").await;
    assert_eq!(found, expected);
    assert_ne!(found, "0");
}

#[tokio::test]
async fn no_list_reads_the_whole_table() {
    let app = app_with_history().await;
    for filter in [
        &[][..],
        &["--kind", "back_up_database"],
        &["--kind", "send_email"],
        &["--kind", "no_such_kind"],
        &["--state", "cancelled"],
        &["--state", "succeeded"],
        &["--state", "running"],
        &["--queue", "maintenance"],
        &["--since", "2026-01-01"],
        &["--until", "2026-01-01"],
        &["--search", "mailbox 3003 is"],
        &["--account", LARGE_ACCOUNT, "--kind", "back_up_database"],
        &["--account", SMALL_ACCOUNT, "--search", "mailbox"],
        &[
            "--kind",
            "send_email",
            "--state",
            "dead",
            "--search",
            "x",
            "--since",
            "2026-01-01",
        ],
    ] {
        let arguments = [&["jobs", "list", "--explain"], filter].concat();
        // A plan has long lines.
        let plan = suitectl(&app, &arguments).await;
        assert_eq!(plan.code, 0, "{plan:?}");
        assert!(plan.out.contains("Index"), "{filter:?}: {}", plan.out);
        assert!(
            !plan.out.contains("Seq Scan on jobs"),
            "{filter:?}: {}",
            plan.out
        );
    }
}

#[tokio::test]
async fn a_search_that_stops_says_where_and_goes_on_from_there() {
    let app = TestApp::new().await;
    app.sql(&finished_jobs(1_000)).await;
    app.sql("UPDATE jobs SET state = 'dead', error = 'old trouble'")
        .await;
    let newer = u32::try_from(SEARCH_WINDOW).unwrap();
    app.sql(&format!(
        "INSERT INTO jobs (account_id, id, kind, queue, state, priority, args, max_attempts, timeout_ms, error)
         SELECT '{LARGE_ACCOUNT}', (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint + 1000), 12, '0') || '7000'
                    || '8' || lpad(to_hex(n), 15, '0'))::uuid,
                'send_email', 'email', 'dead', 1, '{{}}', 5, 60000, 'new trouble'
           FROM generate_series(1, {newer}) n"
    ))
    .await;
    let first = list(&app, &["--search", "old trouble"]).await;
    assert_eq!(count(&first), 0);
    assert!(first["searched_back_to"].is_string(), "{first}");
    let next = first["next_before"].as_str().unwrap();
    let second = list(&app, &["--search", "old trouble", "--before", next]).await;
    assert_eq!(count(&second), 1000);
    let told = suitectl(&app, &["jobs", "list", "--search", "old trouble"])
        .await
        .fine();
    assert!(told.out.contains("searched back to"), "{told:?}");
    // What is done to all goes on by itself.
    let retried = [
        "jobs",
        "retry",
        "--all",
        "--search",
        "old trouble",
        "--dry-run",
    ];
    let told = suitectl(&app, &retried).await.fine();
    assert_eq!(told.out, "1,000 jobs would be retried\n");
}
