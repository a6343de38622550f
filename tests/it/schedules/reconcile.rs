use suite_core::{id::AccountId, schedule::Schedule, schedules as lists};
use suite_db::schedules;
use suite_tests::TestApp;

use super::{THIS_MONTH, fire, monthly};

async fn start(app: &TestApp, list: &[Schedule], revision: i32) {
    let mut tx = app.db.account(AccountId::OPERATOR).await.unwrap();
    schedules::reconcile(&mut tx, list, revision).await.unwrap();
    tx.commit().await.unwrap();
}

async fn listed(app: &TestApp) -> Vec<String> {
    let mut tx = app.db.account(AccountId::OPERATOR).await.unwrap();
    let rows = schedules::list(&mut tx).await.unwrap();
    let line = |row: &schedules::ScheduleRow| format!("{} {}", row.name, row.expression);
    rows.iter().map(line).collect()
}

fn at(name: &str, expression: &str) -> Schedule {
    Schedule {
        expression: expression.parse().unwrap(),
        ..monthly(name)
    }
}

#[tokio::test]
async fn an_older_program_that_starts_later_takes_nothing_back_from_a_newer_one() {
    let app = TestApp::new().await;
    let old = [at("changed", "0 1 * * *"), at("removed", "0 1 * * *")];
    let new = [at("added", "0 1 * * *"), at("changed", "0 2 * * *")];
    start(&app, &old, 1).await;
    assert_eq!(
        listed(&app).await,
        ["changed 0 1 * * *", "removed 0 1 * * *"]
    );
    start(&app, &new, 2).await;
    let wanted = ["added 0 1 * * *", "changed 0 2 * * *"];
    assert_eq!(listed(&app).await, wanted);
    for (list, revision) in [(&old, 1), (&new, 2), (&old, 1)] {
        start(&app, list, revision).await;
        assert_eq!(listed(&app).await, wanted);
    }
    // A program that wants it back says so with a higher revision.
    start(&app, &old, 3).await;
    assert_eq!(
        listed(&app).await,
        ["changed 0 1 * * *", "removed 0 1 * * *"]
    );
}

#[tokio::test]
async fn a_removed_schedule_fires_no_more_and_an_accounts_own_is_left_alone() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    super::put_due(&app, account_id, &monthly("own"), THIS_MONTH).await;
    start(&app, &[monthly("gone")], 1).await;
    app.sql(&format!("UPDATE schedules SET next_at = {THIS_MONTH}"))
        .await;
    start(&app, &[], 2).await;
    assert_eq!(fire(&app, AccountId::OPERATOR, "gone").await, None);
    assert!(fire(&app, account_id, "own").await.is_some());
}

#[tokio::test]
async fn a_change_keeps_a_pause_and_a_tick_that_is_due() {
    let app = TestApp::new().await;
    start(&app, &[monthly("busy"), monthly("held")], 1).await;
    let mut tx = app.db.account(AccountId::OPERATOR).await.unwrap();
    schedules::pause(&mut tx, "held").await.unwrap();
    tx.commit().await.unwrap();
    app.sql(&format!(
        "UPDATE schedules SET next_at = {THIS_MONTH} WHERE name = 'busy'"
    ))
    .await;
    start(&app, &[at("busy", "0 0 1 1 *"), at("held", "0 0 1 1 *")], 2).await;
    assert_eq!(fire(&app, AccountId::OPERATOR, "held").await, None);
    let fired = fire(&app, AccountId::OPERATOR, "busy").await.unwrap();
    assert!(fired.job.is_some());
}

#[tokio::test]
async fn a_worker_enters_the_fleets_schedules_when_it_starts() {
    let app = TestApp::new().await;
    let mut setup = app.worker_setup(&[suite_core::job::Queue::Maintenance]);
    setup.schedules = lists::fleet().unwrap();
    let worker = app.start_worker(setup).await;
    assert_eq!(
        listed(&app).await,
        [
            "alert_stock 47 * * * *",
            "back_up_database 13 1 * * *",
            "check_stock_ledgers 41 2 * * *",
            "drill_backup 31 4 * * 0",
            "expire_rows 17 * * * *",
            "monitor * * * * *",
            "rebuild_rollups 23 3 * * 0",
            "reconcile_payments 52 3 * * *",
            "remind_payments 37 * * * *",
            "send_trial_warnings 7 * * * *"
        ]
    );
    let later =
        "SELECT bool_and(next_at > now() AND next_at <= now() + interval '7 days') FROM schedules";
    assert_eq!(app.value(later).await, "t");
    worker.stop().await;
}
