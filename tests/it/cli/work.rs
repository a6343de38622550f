//! Writing, running and killing jobs from a terminal, and what the audit log says of it.

use serde_json::Value;
use suite_core::{
    config::Settings,
    id::AccountId,
    job::{JobState, Queue},
};
use suite_tests::{Act, Gate, PlainAct, TestApp, until};

use super::{NOWHERE_REDIS, audited, suitectl, suitectl_with};

const SUCCEED: &str = r#"{"act": "succeed", "unique_key": null}"#;

async fn state_of(app: &TestApp, id: &str) -> String {
    app.value(&format!("SELECT state FROM jobs WHERE id = '{id}'"))
        .await
}

#[tokio::test]
async fn a_job_that_is_typed_runs_like_any_other() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let account = merchant.account_id().to_string();
    let enqueue = [
        "jobs",
        "enqueue",
        "test_plain",
        SUCCEED,
        "--account",
        &account,
        "--json",
    ];
    let told = suitectl(&app, &enqueue).await.fine().json();
    let id = told["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&told["is_new"], &told["queue"]),
        (&true.into(), &"inventory".into())
    );
    app.run_jobs().await;
    assert_eq!(state_of(&app, &id).await, "succeeded");
    let kept = app
        .sql("SELECT account_id, length(traceparent) FROM jobs")
        .await;
    assert_eq!(kept, [[account, "55".to_owned()]]);
    let noted = audited(&app, "enqueue_job").await;
    assert_eq!(noted, [["operator:grace@workbench".to_owned(), id]]);
}

#[tokio::test]
async fn what_a_kind_does_not_accept_is_refused() {
    let app = TestApp::new().await;
    for (arguments, reason) in [
        (&["no_such_kind"][..], "there is no kind"),
        (&["test_plain", "{"], "no JSON"),
        (&["test_plain", "{}"], "missing field"),
        (
            &[
                "test_plain",
                r#"{"act": "succeed", "unique_key": null, "colour": 1}"#,
            ],
            "colour",
        ),
        (
            &["test_plain", r#"{"act": "dance", "unique_key": null}"#],
            "dance",
        ),
        (
            &["test_plain", SUCCEED, "--account", "nobody@example.com"],
            "no account",
        ),
    ] {
        let arguments = [&["jobs", "enqueue"], arguments].concat();
        let told = suitectl(&app, &arguments).await.refused();
        assert!(told.contains(reason), "{told}");
    }
    assert_eq!(app.value("SELECT count(*) FROM jobs").await, "0");
}

#[tokio::test]
async fn a_typed_job_can_wait_for_its_time_and_be_the_only_one() {
    let app = TestApp::new().await;
    let enqueue = |extra: &'static [&'static str]| {
        [&["jobs", "enqueue", "test_plain", SUCCEED, "--json"], extra].concat()
    };
    let at = enqueue(&["--at", "2100-01-01", "--unique-key", "only"]);
    let first = suitectl(&app, &at).await.fine().json();
    let again = suitectl(&app, &at).await.fine().json();
    assert_eq!(
        (&again["id"], &again["is_new"]),
        (&first["id"], &Value::Bool(false))
    );
    let kept = app
        .sql("SELECT state, unique_key, account_id FROM jobs")
        .await;
    let operator = AccountId::OPERATOR.to_string();
    assert_eq!(
        kept,
        [["scheduled".to_owned(), "only".to_owned(), operator]]
    );
    assert_eq!(audited(&app, "enqueue_job").await.len(), 1);
}

#[tokio::test]
async fn a_job_runs_in_the_foreground_and_tells_how_it_went() {
    let app = TestApp::new().await;
    let run = ["jobs", "run", "test_plain", SUCCEED, "--json"];
    let told = suitectl(&app, &run).await.fine().json();
    assert_eq!(
        (&told["state"], &told["attempt"]),
        (&"succeeded".into(), &1.into())
    );
    let fails = r#"{"act": "discard", "unique_key": null}"#;
    let told = suitectl(&app, &["jobs", "run", "test_plain", fails])
        .await
        .fits();
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.out.contains("as it was told"), "{told:?}");
    assert_eq!(app.value("SELECT count(*) FROM workers").await, "0");
    assert_eq!(audited(&app, "run_job").await.len(), 2);
}

#[tokio::test]
async fn a_job_that_waits_or_is_dead_is_run_by_its_id_also_without_redis() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let waiting = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    let dead = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    app.sql(&format!(
        "UPDATE jobs SET state = 'dead', attempt = 3 WHERE id = '{}'",
        dead.id
    ))
    .await;
    for job in [waiting, dead] {
        let no_redis = |settings: &mut Settings| settings.redis.url = NOWHERE_REDIS.into();
        let run = ["jobs", "run", &job.id.to_string()];
        let told = suitectl_with(&app, no_redis, &run).await.fine();
        assert!(told.out.contains("succeeded"), "{told:?}");
        let again = suitectl(&app, &run).await;
        assert_eq!(again.code, 1, "{again:?}");
        assert!(again.err.contains("it has succeeded"), "{again:?}");
    }
    // The id that still lies in Redis claims nothing.
    app.run_jobs().await;
    assert_eq!(app.job(waiting).await.attempt, 1);
}

#[tokio::test]
async fn a_job_that_is_killed_ends_at_once_although_it_pays_no_heed() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::shut();
    let worker = app.worker(&[Queue::Inventory]).await;
    let stubborn = PlainAct::new(Act::WaitStubbornly(gate.id()));
    let job = app.enqueue(merchant.account_id(), &stubborn).await;
    gate.wait_for_entries(1).await;
    let id = job.id.to_string();
    let busy = suitectl(&app, &["jobs", "run", &id]).await.refused();
    assert!(busy.contains("it runs already"), "{busy}");
    let asked = suitectl(&app, &["jobs", "kill", &id]).await.refused();
    assert!(asked.contains("Kill 1 job?"), "{asked}");
    let told = suitectl(&app, &["jobs", "kill", "--yes", &id]).await.fine();
    assert_eq!(told.out, "1 job killed\n");
    assert_eq!(state_of(&app, &id).await, JobState::Cancelled.name());
    until("the worker has dropped it", || async {
        worker.jobs().running().count() == 0
    })
    .await;
    gate.unlock();
    worker.stop().await;
    assert_eq!(state_of(&app, &id).await, JobState::Cancelled.name());
    assert_eq!(audited(&app, "kill_job").await.len(), 1);
    let again = suitectl(&app, &["jobs", "kill", "--yes", &id]).await;
    assert!(
        again.code == 1 && again.out.contains("it does not run"),
        "{again:?}"
    );
}

#[tokio::test]
async fn the_audit_log_is_listed_and_filtered() {
    let app = TestApp::new().await;
    for queue in ["reports", "email"] {
        suitectl(&app, &["queues", "pause", queue]).await.fine();
    }
    suitectl(&app, &["queues", "resume", "email"]).await.fine();
    let list = async |filter: &[&str]| {
        let arguments = [&["audit", "list", "--json"], filter].concat();
        let page = suitectl(&app, &arguments).await.fine().json();
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| {
                format!(
                    "{} {}",
                    item["action"].as_str().unwrap(),
                    item["subject"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        list(&[]).await,
        [
            "resume_queue email",
            "pause_queue email",
            "pause_queue reports"
        ]
    );
    assert_eq!(
        list(&["--action", "resume_queue"]).await,
        ["resume_queue email"]
    );
    assert_eq!(
        list(&["--subject", "reports"]).await,
        ["pause_queue reports"]
    );
    assert_eq!(
        list(&["--actor", "GRACE", "--limit", "1"]).await,
        ["resume_queue email"]
    );
    assert_eq!(list(&["--actor", "ada"]).await, [""; 0]);
    let text = suitectl(&app, &["audit", "list"]).await.fine();
    assert!(text.out.contains("operator:grace@workbench"), "{text:?}");
}
