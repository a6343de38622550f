use std::time::{Duration, Instant};

use suite_core::{
    id::AccountId,
    job::{JobState, NewJob, Queue},
};
use suite_queue::Broker;
use suite_tests::{Act, Gate, PlainAct, TestApp, until};

async fn broker(app: &TestApp) -> Broker {
    Broker::new(&app.settings.redis, app.db.clone()).unwrap()
}

fn taking(account_id: AccountId, gate: &Gate, service: &str) -> NewJob {
    let act = Act::Take(gate.id(), service.to_owned());
    NewJob::new(account_id, &PlainAct::new(act)).unwrap()
}

#[tokio::test]
async fn two_workers_together_keep_the_pace_of_a_service() {
    let app = TestApp::with(&[
        ("SUITE__JOBS__SERVICE_RATES", "sendgrid=10/1/3"),
        ("SUITE__JOBS__SERVICE_WAIT_MS", "60000"),
    ])
    .await;
    let (one, other) = (broker(&app).await, broker(&app).await);
    let (one, other) = (
        one.services(&app.settings.jobs),
        other.services(&app.settings.jobs),
    );
    let began = Instant::now();
    let turns = (0..40).map(|number| {
        let services = if number % 2 == 0 { &one } else { &other };
        async move { services.take("sendgrid", 1).await.unwrap() + began.elapsed() }
    });
    let mut starts = futures_util::future::join_all(turns).await;
    starts.sort();
    // Three at once, then one each tenth of a second, whoever asks.
    for (index, start) in starts.iter().enumerate().skip(3) {
        let earliest = Duration::from_millis(100) * u32::try_from(index - 2).unwrap();
        assert!(*start >= earliest, "number {index} starts after {start:?}");
    }
    // Each part of a family has a bucket of its own; a service without a rate is free.
    assert_eq!(one.take("sendgrid:x", 3).await, Ok(Duration::ZERO));
    assert_eq!(one.take("stripe", 1_000).await, Ok(Duration::ZERO));
}

#[tokio::test]
async fn a_service_that_one_worker_has_closed_is_closed_for_all() {
    let app = TestApp::new().await;
    let (one, other) = (broker(&app).await, broker(&app).await);
    let (one, other) = (
        one.services(&app.settings.jobs),
        other.services(&app.settings.jobs),
    );
    assert_eq!(other.take("stripe", 1).await, Ok(Duration::ZERO));
    one.close("stripe", Duration::from_secs(3_600)).await;
    one.close("stripe", Duration::from_secs(1)).await;
    for services in [&one, &other] {
        let wait = services.take("stripe", 1).await.unwrap_err();
        assert!(wait > Duration::from_secs(3_500), "{wait:?}");
        assert!(services.take("stripe", 0).await.is_err());
    }
    assert_eq!(other.take("stripe:x", 1).await, Ok(Duration::ZERO));
}

#[tokio::test]
async fn while_redis_is_away_a_stricter_bucket_of_the_process_holds() {
    let (app, proxy) = TestApp::before_redis(&[
        ("SUITE__JOBS__SERVICE_RATES", "sendgrid=4/3600/4"),
        ("SUITE__REDIS__COMMAND_TIMEOUT_MS", "200"),
    ])
    .await;
    let services = broker(&app).await.services(&app.settings.jobs);
    assert_eq!(services.take("sendgrid", 1).await, Ok(Duration::ZERO));
    proxy.cut();
    assert_eq!(services.take("sendgrid", 1).await, Ok(Duration::ZERO));
    let wait = services.take("sendgrid", 1).await.unwrap_err();
    assert!(wait > Duration::from_secs(3_500), "{wait:?}");
    services.close("stripe", Duration::from_secs(60)).await;
    assert!(services.take("stripe", 1).await.is_err());
}

#[tokio::test]
async fn a_job_that_would_wait_too_long_gives_its_worker_back_and_burns_no_attempt() {
    let app = TestApp::with(&[
        ("SUITE__JOBS__SERVICE_RATES", "sendgrid=1/3600/1"),
        ("SUITE__JOBS__SERVICE_WAIT_MS", "50"),
    ])
    .await;
    let account_id = app.account().await.account_id();
    let gate = Gate::open();
    let two = vec![
        taking(account_id, &gate, "sendgrid"),
        taking(account_id, &gate, "sendgrid"),
    ];
    app.enqueue_all(account_id, two).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    let put_off = "SELECT count(*) FROM jobs WHERE state = 'queued' AND attempt = 0
        AND run_at > now() + interval '50 minutes' AND error_detail LIKE 'sendgrid%'";
    until("one has its turn and the other is put off", || async {
        gate.entries().len() == 1 && app.value(put_off).await == "1"
    })
    .await;
    worker.stop().await;
}

#[tokio::test]
async fn a_job_whose_service_has_had_enough_closes_it_and_comes_back_later() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let gate = Gate::open();
    let act = PlainAct::new(Act::CloseFirst(gate.id(), "stripe".to_owned()));
    let job = app.enqueue(account_id, &act).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    let row = app.wait_for(job, JobState::Succeeded).await;
    worker.stop().await;
    // The first start does not count; the second took its turn when the service was open again.
    assert_eq!((row.attempt, row.error), (1, None));
    assert_eq!(gate.entries(), [(job.id, 1), (job.id, 1)]);
    let waited = "SELECT started_at >= run_at FROM jobs";
    assert_eq!(app.value(waited).await, "t");
}

#[tokio::test]
async fn a_job_that_waits_for_its_turn_can_be_called_off() {
    let app = TestApp::with(&[
        ("SUITE__JOBS__SERVICE_RATES", "sendgrid=1/3600/1"),
        ("SUITE__JOBS__SERVICE_WAIT_MS", "7200000"),
    ])
    .await;
    let account_id = app.account().await.account_id();
    let gate = Gate::open();
    let first = vec![taking(account_id, &gate, "sendgrid")];
    app.enqueue_all(account_id, first).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    gate.wait_for_entries(1).await;
    let second = vec![taking(account_id, &gate, "sendgrid")];
    let second = app.enqueue_all(account_id, second).await[0];
    app.wait_for(second, JobState::Running).await;
    let mut tx = app.db.account(account_id).await.unwrap();
    suite_db::jobs::cancel(&mut tx, second.id).await.unwrap();
    tx.commit().await.unwrap();
    app.broker.announce(account_id, second.id);
    app.wait_for(second, JobState::Cancelled).await;
    assert_eq!(gate.entries().len(), 1);
    worker.stop().await;
}
