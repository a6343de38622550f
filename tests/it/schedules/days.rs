//! The whole installation over days: nobody calls anything, time alone passes.

use chrono::TimeDelta;
use suite_core::{job::Queue, schedules};
use suite_tests::TestApp;

#[tokio::test]
async fn a_trial_is_warned_and_ends_by_itself_whatever_hour_it_began() {
    let app = TestApp::with_movable_clock(&[]).await;
    let mut setup = app.worker_setup(&Queue::ALL);
    setup.schedules = schedules::fleet().unwrap();
    let worker = app.start_worker(setup).await;
    app.register("ada@example.com", "correct horse battery")
        .await;
    let mut told: Vec<(i32, String)> = Vec::new();
    for hour in 1..=8 * 24 {
        app.live(TimeDelta::hours(1)).await;
        // Counted from the start: the welcome may have been sent before the first hour began.
        for mail in app.mails().into_iter().skip(told.len()) {
            let subject = mail.lines().find_map(|line| line.strip_prefix("Subject: "));
            told.push((hour, subject.expect("a subject").to_owned()));
        }
    }
    // Ticks of the past hour fire at its end, when time moves: seven minutes past have become the full hour.
    let told: Vec<(i32, &str)> = told
        .iter()
        .map(|(hour, text)| (*hour, text.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (1, "Welcome to Employee Suite"),
            (96, "Your trial ends in 3 days"),
            (144, "Your trial ends in 1 day"),
            (168, "Your trial has ended")
        ]
    );
    let dead = "SELECT count(*) FROM jobs WHERE state NOT IN ('succeeded', 'scheduled')";
    assert_eq!(app.value(dead).await, "0");
    worker.stop().await;
}
