use suite_core::{
    config::Settings,
    job::{JobState, NewJob, Queue},
};
use suite_tests::{Act, Gate, HeldJob, PlainAct, TestApp, UrgentAct};

use super::{NOWHERE_REDIS, audited, suitectl, suitectl_answering, suitectl_with};

fn ids(page: &serde_json::Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn jobs_of_all_accounts_are_listed_filtered_and_paged() {
    let app = TestApp::new().await;
    let (one, other) = (app.account().await, app.account().await);
    let first = app
        .enqueue(one.account_id(), &PlainAct::new(Act::Discard))
        .await;
    let second = app
        .enqueue(other.account_id(), &UrgentAct::new(Act::Succeed))
        .await;
    app.run_jobs().await;
    let third = app
        .enqueue(one.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    let all: Vec<String> = [third, second, first]
        .iter()
        .map(|job| job.id.to_string())
        .collect();
    let list = async |arguments: &[&str]| {
        let arguments = [&["jobs", "list", "--json"], arguments].concat();
        suitectl(&app, &arguments).await.fine().json()
    };
    assert_eq!(ids(&list(&[]).await), all);
    assert_eq!(
        ids(&list(&["--kind", "test_urgent"]).await),
        [all[1].clone()]
    );
    assert_eq!(
        ids(&list(&["--account", &one.account_id().to_string()]).await),
        [all[0].clone(), all[2].clone()]
    );
    assert_eq!(ids(&list(&["--state", "dead"]).await), [all[2].clone()]);
    assert_eq!(
        ids(&list(&["--state", "queued,running"]).await),
        [all[0].clone()]
    );
    assert_eq!(ids(&list(&["--state", "succeeded,dead"]).await), all[1..]);
    assert_eq!(ids(&list(&["--queue", "email"]).await), [""; 0]);
    assert_eq!(
        ids(&list(&["--search", "AS IT WAS"]).await),
        [all[2].clone()]
    );
    assert_eq!(ids(&list(&["--search", "%was_told"]).await), [""; 0]);
    assert_eq!(ids(&list(&["--since", "2100-01-01"]).await), [""; 0]);
    let page = list(&["--limit", "2"]).await;
    assert_eq!(ids(&page), all[..2]);
    let rest = list(&["--before", page["next_before"].as_str().unwrap()]).await;
    assert_eq!(
        (ids(&rest), rest["next_before"].is_null()),
        (all[2..].to_vec(), true)
    );
    let table = suitectl(&app, &["jobs", "list"]).await.fine();
    assert!(table.out.contains("as it was told"), "{table:?}");
    let shown = suitectl(&app, &["jobs", "show", &all[2]]).await.fine();
    assert!(
        shown.out.contains("test_plain") && shown.out.contains("as it was told"),
        "{shown:?}"
    );
}

#[tokio::test]
async fn a_dead_job_is_retried_and_succeeds() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let gate = Gate::open();
    let job = app
        .enqueue(
            merchant.account_id(),
            &PlainAct::new(Act::FailUntil(gate.id(), 9)),
        )
        .await;
    app.run_jobs().await;
    let args = r#"{"act": "succeed", "unique_key": null}"#;
    app.sql(&format!("UPDATE jobs SET args = '{args}'")).await;
    let id = job.id.to_string();
    let retried = suitectl(&app, &["jobs", "retry", &id]).await.fine();
    assert_eq!(retried.out, "1 job retried\n");
    app.run_jobs().await;
    app.wait_for(job, JobState::Succeeded).await;
    assert_eq!(
        audited(&app, "retry_job").await,
        [["operator:grace@workbench".to_owned(), id.clone()]]
    );
    let again = suitectl(&app, &["jobs", "retry", &id]).await;
    assert!(again.code == 1 && again.out.starts_with(&id), "{again:?}");
}

#[tokio::test]
async fn a_retry_counts_even_while_redis_is_away() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let job = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Discard))
        .await;
    app.run_jobs().await;
    let no_redis = |settings: &mut Settings| settings.redis.url = NOWHERE_REDIS.into();
    let retried = suitectl_with(&app, no_redis, &["jobs", "retry", "--all", "--yes"])
        .await
        .fine();
    assert!(retried.err.starts_with("Redis: "), "{retried:?}");
    assert_eq!(app.job(job).await.state, "queued");
    // The keeper hands out what Redis never got.
    app.run_jobs().await;
    app.wait_for(job, JobState::Dead).await;
}

#[tokio::test]
async fn nothing_is_cancelled_without_a_yes() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let new = |_| NewJob::new(merchant.account_id(), &PlainAct::new(Act::Succeed)).unwrap();
    let jobs = app
        .enqueue_all(merchant.account_id(), (0..3).map(new).collect())
        .await;
    let all = ["jobs", "cancel", "--all", "--kind", "test_plain"];
    let refused = suitectl(&app, &all).await.refused();
    assert!(
        refused.contains("Cancel 3 jobs?") && refused.contains("--yes"),
        "{refused}"
    );
    let declined = suitectl_answering(&app, &all, "n\n").await;
    assert!(
        declined.code == 1 && declined.err.starts_with("Cancel 3 jobs? [y/N] "),
        "{declined:?}"
    );
    let dry = suitectl(&app, &[&all[..], &["--dry-run"]].concat())
        .await
        .fine();
    assert_eq!(dry.out, "3 jobs would be cancelled\n");
    assert_eq!(
        app.value("SELECT count(*) FROM jobs WHERE state = 'queued'")
            .await,
        "3"
    );
    suitectl_answering(&app, &all, "y\n").await.fine();
    assert_eq!(app.job(jobs[0]).await.state, "cancelled");
    assert_eq!(audited(&app, "cancel_job").await.len(), 3);
}

#[tokio::test]
async fn a_running_job_is_stopped_through_its_worker() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let HeldJob { job, worker, .. } = app.held_job(merchant.account_id()).await;
    suitectl(&app, &["jobs", "cancel", "--yes", &job.id.to_string()])
        .await
        .fine();
    app.wait_for(job, JobState::Cancelled).await;
    worker.stop().await;
}

#[tokio::test]
async fn only_jobs_that_are_over_are_deleted() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    app.enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    app.run_jobs().await;
    let live = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    let one = suitectl(&app, &["jobs", "delete", "--yes", &live.id.to_string()])
        .await
        .fine();
    assert_eq!(one.out, "deleted 0 of 1 job\n");
    let wrong = suitectl(
        &app,
        &["jobs", "delete", "--all", "--state", "queued", "--yes"],
    )
    .await
    .refused();
    assert!(
        wrong.contains("does not apply to jobs that are queued"),
        "{wrong}"
    );
    let all = suitectl(&app, &["jobs", "delete", "--all", "--yes"])
        .await
        .fine();
    assert_eq!(all.out, "deleted 1 of 1 job\n");
    assert_eq!(app.value("SELECT state FROM jobs").await, "queued");
    assert_eq!(audited(&app, "delete_jobs").await.len(), 1);
}

#[tokio::test]
async fn a_tail_ends_with_its_job_and_says_how() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let good = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Succeed))
        .await;
    let bad = app
        .enqueue(merchant.account_id(), &PlainAct::new(Act::Discard))
        .await;
    let worker = app.worker(&[Queue::Inventory]).await;
    let told = suitectl(&app, &["jobs", "tail", &good.id.to_string()]).await;
    assert!(
        told.code == 0 && told.out.ends_with("succeeded\n"),
        "{told:?}"
    );
    let told = suitectl(&app, &["jobs", "tail", &bad.id.to_string()]).await;
    assert!(
        told.code == 1 && told.out.contains("dead") && told.out.contains("as it was told"),
        "{told:?}"
    );
    worker.stop().await;
}
