use suite_core::{
    id::AccountId,
    job::{JobState, Queue},
    schedules as lists,
};
use suite_db::schedules;
use suite_tests::TestApp;

use super::{audited, suitectl};

async fn app_with_schedules() -> TestApp {
    let app = TestApp::new().await;
    let mut tx = app.db.account(AccountId::OPERATOR).await.unwrap();
    schedules::reconcile(&mut tx, &lists::fleet().unwrap(), lists::REVISION)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app
}

#[tokio::test]
async fn a_schedule_is_run_by_hand_and_the_list_shows_what_became_of_it() {
    let app = app_with_schedules().await;
    let before = suitectl(&app, &["cron", "list"]).await.fine();
    let mut lines = before.out.lines();
    let line = lines.find(|line| line.contains("expire_rows")).unwrap();
    let words: Vec<&str> = line.split_whitespace().take(7).collect();
    assert_eq!(words.join(" "), "expire_rows 17 * * * * UTC", "{before:?}");

    let ran = suitectl(&app, &["cron", "run", "expire-rows"]).await.fine();
    assert!(ran.out.starts_with("expire_rows starts job "), "{ran:?}");
    let again = suitectl(&app, &["cron", "run", "expire_rows", "--json"]).await;
    let again = again.fine().json();
    assert_eq!(again["is_new"], false, "{again}");
    let id = again["job_id"].as_str().unwrap();
    assert!(ran.out.contains(id), "{ran:?} {again}");

    let worker = app.worker(&[Queue::Maintenance]).await;
    let shown = suitectl(&app, &["jobs", "show", id, "--json"]).await.fine();
    assert!(shown.out.contains("expire_rows"), "{shown:?}");
    let job = suite_core::job::JobRef {
        account_id: AccountId::OPERATOR,
        id: id.parse().unwrap(),
        queue: Queue::Maintenance,
        priority: suite_core::job::Priority::Low,
    };
    app.wait_for(job, JobState::Succeeded).await;
    worker.stop().await;
    let listed = suitectl(&app, &["cron", "list", "--json"])
        .await
        .fine()
        .json();
    let mut items = listed["items"].as_array().unwrap().iter();
    let item = items.find(|item| item["name"] == "expire_rows").unwrap();
    assert_eq!(item["last_job_id"], id, "{listed}");
    assert_eq!(item["last_job_state"], "succeeded", "{listed}");
    assert!(item["next_at"].is_string() && item["last_tick_at"].is_string());
    let noted = vec![
        "operator:grace@workbench".to_owned(),
        "expire_rows".to_owned(),
    ];
    assert_eq!(audited(&app, "run_schedule").await, [noted.clone(), noted]);
}

#[tokio::test]
async fn a_schedule_is_paused_and_resumed_with_a_note_of_who_did_it() {
    let app = app_with_schedules().await;
    let paused = suitectl(&app, &["cron", "pause", "expire_rows"])
        .await
        .fine();
    assert_eq!(paused.out, "expire_rows paused\n");
    let again = suitectl(&app, &["cron", "pause", "expire_rows"])
        .await
        .fine();
    assert_eq!(again.out, "expire_rows was paused already\n");
    let listed = suitectl(&app, &["cron", "list"]).await.fine();
    assert!(listed.out.contains("paused"), "{listed:?}");
    let resumed = suitectl(&app, &["cron", "resume", "expire-rows", "--json"]).await;
    assert_eq!(resumed.fine().json()["changed"], true);
    let noted = [vec![
        "operator:grace@workbench".to_owned(),
        "expire_rows".to_owned(),
    ]];
    assert_eq!(audited(&app, "pause_schedule").await, noted);
    assert_eq!(audited(&app, "resume_schedule").await, noted);
    let unknown = suitectl(&app, &["cron", "run", "no_such"]).await.refused();
    assert!(unknown.contains("schedule not found"), "{unknown}");
}
