use suite_core::job::Queue;
use suite_tests::{TestApp, until};
use suite_worker::runtime::Registry;

use super::{THIS_MONTH, monthly, put_due};

const DONE: &str = "SELECT count(*) FROM jobs WHERE state = 'succeeded'";

#[tokio::test]
async fn workers_fire_what_is_due_once_and_never_before_its_time() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let workers = [
        app.worker(&[Queue::Inventory]).await,
        app.worker(&[Queue::Inventory]).await,
    ];
    for number in 0..20 {
        let soon = format!(
            "clock_timestamp() + interval '{} milliseconds'",
            number * 50
        );
        put_due(&app, account_id, &monthly(&number.to_string()), &soon).await;
    }
    put_due(
        &app,
        account_id,
        &monthly("later"),
        "now() + interval '1 hour'",
    )
    .await;
    until("all ticks have fired and their jobs have run", || async {
        app.value(DONE).await == "20"
    })
    .await;
    let ticks =
        "SELECT count(*) || ' ' || count(*) FILTER (WHERE fired_at < tick_at) FROM schedule_ticks";
    assert_eq!(app.value(ticks).await, "20 0");
    assert_eq!(app.value("SELECT count(*) FROM jobs").await, "20");
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_schedule_whose_kind_the_keepers_older_program_does_not_know_fires_in_a_newer_worker() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let mut setup = app.worker_setup(&[Queue::Inventory]);
    setup.kinds = Registry::of_program();
    let older = app.start_worker(setup).await;
    until("the older program keeps the house", || async {
        app.value("SELECT lease_until > now() FROM keeper").await == "t"
    })
    .await;
    put_due(&app, account_id, &monthly("new kind"), THIS_MONTH).await;
    let newer = app.worker(&[Queue::Inventory]).await;
    until("the newer worker has fired it", || async {
        app.value(DONE).await == "1"
    })
    .await;
    older.stop().await;
    newer.stop().await;
}

#[tokio::test]
async fn a_schedule_that_cannot_be_read_holds_up_no_other() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    put_due(&app, account_id, &monthly("broken"), THIS_MONTH).await;
    app.sql("UPDATE schedules SET timezone = 'Mars/Olympus'")
        .await;
    put_due(&app, account_id, &monthly("sound"), THIS_MONTH).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    until("the sound one has fired", || async {
        app.value(DONE).await == "1"
    })
    .await;
    let ticks = app.sql("SELECT schedule FROM schedule_ticks").await;
    assert_eq!(ticks, [["sound"]]);
    worker.stop().await;
}
