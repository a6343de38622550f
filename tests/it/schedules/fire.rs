use std::collections::HashSet;

use chrono::Datelike;
use futures_util::future::join_all;
use suite_core::{Error, id::AccountId};
use suite_db::schedules;
use suite_tests::{Act, PlainAct, TestApp, test_kinds};
use suite_worker::runtime::Registry;

use super::{MONTHLY, THIS_MONTH, fire, monthly, put_due};

#[tokio::test]
async fn a_tick_fires_once_however_many_fire_it_together() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let names: Vec<String> = (0..10).map(|number| format!("schedule {number}")).collect();
    for name in &names {
        put_due(&app, account_id, &monthly(name), THIS_MONTH).await;
    }
    let keepers = (0..8).map(|_| async {
        let mut fired = Vec::new();
        for name in &names {
            fired.extend(fire(&app, account_id, name).await);
        }
        fired
    });
    let fired: Vec<_> = join_all(keepers).await.into_iter().flatten().collect();
    let jobs: HashSet<_> = fired.iter().map(|fired| fired.job.unwrap().id).collect();
    assert_eq!((fired.len(), jobs.len()), (10, 10));
    let rows =
        "SELECT (SELECT count(*) FROM jobs) || ' ' || (SELECT count(*) FROM schedule_ticks) || ' '
                    || (SELECT count(*) FROM schedules WHERE next_at > now())";
    assert_eq!(app.value(rows).await, "10 10 10");
}

#[tokio::test]
async fn a_tick_whose_transaction_is_rolled_back_fires_again() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    put_due(&app, account_id, &monthly("again"), THIS_MONTH).await;
    let kinds = Registry::new(test_kinds()).terms();
    let mut tx = app.db.account(account_id).await.unwrap();
    let fired = schedules::fire_due(&mut tx, "again", &kinds).await.unwrap();
    assert!(fired.is_some());
    drop(tx);
    suite_tests::until("the tick fires", || async {
        fire(&app, account_id, "again").await.is_some()
    })
    .await;
    assert_eq!(app.value("SELECT count(*) FROM jobs").await, "1");
}

#[tokio::test]
async fn missed_ticks_are_caught_up_by_one_job_and_the_others_are_counted() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let three_ago = format!("{THIS_MONTH} - interval '3 months'");
    put_due(&app, account_id, &monthly("late"), &three_ago).await;
    let fired = fire(&app, account_id, "late").await.unwrap();
    assert_eq!((fired.tick_at.day(), fired.skipped), (1, 3));
    assert!(fired.is_new && fired.job.is_some());
    assert_eq!(fire(&app, account_id, "late").await, None);
    let tick = app
        .sql(&format!(
            "SELECT skipped, cause, job_id, tick_at = {THIS_MONTH} FROM schedule_ticks"
        ))
        .await;
    let job = fired.job.unwrap().id.to_string();
    assert_eq!(tick, [["3", "time", job.as_str(), "t"]]);
}

#[tokio::test]
async fn without_catch_up_a_missed_tick_is_only_recorded() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let schedule = monthly("in time or never").without_catch_up();
    let two_ago = format!("{THIS_MONTH} - interval '2 months'");
    put_due(&app, account_id, &schedule, &two_ago).await;
    let fired = fire(&app, account_id, &schedule.name).await.unwrap();
    assert_eq!((fired.job, fired.is_new, fired.skipped), (None, false, 2));
    assert_eq!(app.value("SELECT count(*) FROM jobs").await, "0");
    let ticks = app.sql("SELECT skipped, job_id FROM schedule_ticks").await;
    assert_eq!(ticks, [["2", ""]]);
    // In time, it fires.
    put_due(&app, account_id, &schedule, "now() - interval '1 second'").await;
    let fired = fire(&app, account_id, &schedule.name).await.unwrap();
    assert!(fired.job.is_some());
}

#[tokio::test]
async fn a_tick_joins_the_unique_job_of_the_last_one_while_that_lives() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let act = PlainAct {
        unique_key: Some("one at a time".to_owned()),
        ..PlainAct::new(Act::Succeed)
    };
    let schedule =
        suite_core::schedule::Schedule::new("slow", MONTHLY, chrono_tz::Tz::UTC, &act).unwrap();
    put_due(&app, account_id, &schedule, "now() - interval '2 seconds'").await;
    let first = fire(&app, account_id, "slow").await.unwrap();
    put_due(&app, account_id, &schedule, "now() - interval '1 second'").await;
    let second = fire(&app, account_id, "slow").await.unwrap();
    assert!(first.is_new && !second.is_new);
    assert_eq!(first.job, second.job);
    assert_eq!(app.value("SELECT count(*) FROM schedule_ticks").await, "2");
}

#[tokio::test]
async fn a_paused_schedule_does_not_fire_and_goes_on_with_its_next_tick() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    put_due(&app, account_id, &monthly("held"), THIS_MONTH).await;
    let mut tx = app.db.account(account_id).await.unwrap();
    assert!(schedules::pause(&mut tx, "held").await.unwrap());
    assert!(!schedules::pause(&mut tx, "held").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(fire(&app, account_id, "held").await, None);
    let mut tx = app.db.account(account_id).await.unwrap();
    assert!(schedules::resume(&mut tx, "held").await.unwrap());
    assert!(!schedules::resume(&mut tx, "held").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(fire(&app, account_id, "held").await, None);
    let next = format!("SELECT next_at = {THIS_MONTH} + interval '1 month' FROM schedules");
    assert_eq!(app.value(&next).await, "t");
}

#[tokio::test]
async fn another_accounts_schedule_cannot_be_steered() {
    let app = TestApp::new().await;
    let (owner, stranger) = (app.account().await, app.account().await);
    put_due(&app, owner.account_id(), &monthly("mine"), THIS_MONTH).await;
    let kinds = Registry::new(test_kinds()).terms();
    for account_id in [stranger.account_id(), AccountId::OPERATOR] {
        assert_eq!(fire(&app, account_id, "mine").await, None);
        let mut tx = app.db.account(account_id).await.unwrap();
        let run = schedules::run_now(&mut tx, "mine", &kinds).await;
        let refused = Error::from(run.unwrap_err());
        assert!(matches!(refused, Error::NotFound { .. }), "{refused:?}");
        assert!(!schedules::remove(&mut tx, "mine").await.unwrap());
    }
}
