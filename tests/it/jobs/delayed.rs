use chrono::{DateTime, TimeDelta, Utc};
use suite_core::job::{JobState, NewJob, Queue};
use suite_tests::{Act, PlainAct, TestApp};

/// Returns what time it is by the clock that decides.
async fn database_now(app: &TestApp) -> DateTime<Utc> {
    let micros = app.value("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
    DateTime::from_timestamp_micros(micros.await.parse().unwrap()).unwrap()
}

#[tokio::test]
async fn delayed_jobs_committed_while_the_keeper_rests_start_in_time_and_never_early() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    // It looks by itself so seldom that only the notice of a commit can make it look in time.
    let interval = TimeDelta::seconds(40);
    let mut setup = app.worker_setup(&[Queue::Inventory]);
    setup.settings.worker.keeper_interval_ms = interval.num_milliseconds().unsigned_abs();
    let worker = app.start_worker(setup).await;
    let mut jobs = Vec::new();
    // In no order: a later one must not hide an earlier one.
    for number in 0..40 {
        let at = database_now(&app).await + TimeDelta::milliseconds(5 + number * 137 % 600);
        let new = NewJob::new(account_id, &PlainAct::new(Act::Succeed)).unwrap();
        jobs.extend(app.enqueue_all(account_id, vec![new.at(at)]).await);
    }
    for job in jobs {
        let row = app.wait_for(job, JobState::Succeeded).await;
        let late = row.started_at.unwrap() - row.run_at;
        assert!(late >= TimeDelta::zero(), "early by {late}: {row:?}");
        assert!(late < interval / 2, "late by {late}: {row:?}");
    }
    worker.stop().await;
}
