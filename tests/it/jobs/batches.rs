use std::time::Duration;

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::json;
use suite_core::{
    id::{AccountId, BatchId},
    job::{JobRef, JobState, NewJob, Queue},
};
use suite_db::jobs::{
    self, ClaimedJob, JobFault, Outcome,
    batches::{self, BatchRow},
};
use suite_tests::{Act, Gate, PlainAct, ReportAct, TestApp};

use super::by_hand::WorkerByHand;

fn job(account_id: AccountId, act: Act) -> NewJob {
    NewJob::new(account_id, &PlainAct::new(act)).unwrap()
}

/// Writes a batch with a callback in another queue; returns the jobs in the order of their writing.
async fn write(app: &TestApp, account_id: AccountId, jobs: Vec<NewJob>) -> (BatchId, Vec<JobRef>) {
    let batch_id = BatchId::new();
    let callback = NewJob::new(account_id, &ReportAct::new(Act::Succeed)).unwrap();
    let mut tx = app.db.account(account_id).await.unwrap();
    let new = batches::enqueue(&mut tx, batch_id, jobs, Some(callback))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (batch_id, new.into_iter().map(|new| new.job).collect())
}

async fn read(app: &TestApp, account_id: AccountId, batch_id: BatchId) -> BatchRow {
    let mut tx = app.db.account(account_id).await.unwrap();
    let row = batches::read(&mut tx, batch_id).await.unwrap();
    row.expect("the batch must exist")
}

async fn callbacks(app: &TestApp) -> String {
    app.value("SELECT count(*) FROM jobs WHERE kind = 'test_report'")
        .await
}

fn dead() -> Outcome {
    let text = || "as it was told".to_owned();
    let error = JobFault {
        public: text(),
        detail: text(),
    };
    Outcome::Dead { error }
}

async fn cancel(app: &TestApp, job: JobRef) {
    let mut tx = app.db.account(job.account_id).await.unwrap();
    jobs::cancel(&mut tx, job.id).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_callback_runs_once_when_all_jobs_have_ended_each_in_its_own_way() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let gate = Gate::shut();
    let acts = [
        Act::Succeed,
        Act::FinishItself,
        Act::Discard,
        Act::AddToBatch,
        Act::Wait(gate.id()),
        Act::Wait(gate.id()),
    ];
    let jobs = acts.map(|act| job(account_id, act)).to_vec();
    let (batch_id, jobs) = write(&app, account_id, jobs).await;
    app.broker.dispatch(&jobs);
    let worker = app.worker(&[Queue::Inventory, Queue::Reports]).await;
    let other = app.worker(&[Queue::Inventory, Queue::Reports]).await;
    gate.wait_for_entries(2).await;
    cancel(&app, jobs[4]).await;
    app.broker.announce(account_id, jobs[4].id);
    app.wait_for(jobs[4], JobState::Cancelled).await;
    assert_eq!(callbacks(&app).await, "0");
    gate.unlock();
    app.wait_until_quiet().await;
    worker.stop().await;
    other.stop().await;

    assert_eq!(callbacks(&app).await, "1");
    let row = read(&app, account_id, batch_id).await;
    assert_eq!((row.total, row.pending, row.completed), (7, 0, 1));
    assert_eq!((row.succeeded, row.dead, row.cancelled), (5, 1, 1));
    let last = app
        .value(
            "SELECT bool_and(c.started_at > j.finished_at) FROM jobs j, jobs c
              WHERE c.kind = 'test_report' AND j.batch_id IS NOT NULL AND c.batch_id IS NULL",
        )
        .await;
    assert_eq!(last, "t");
}

#[tokio::test]
async fn the_last_job_that_is_called_off_while_it_waits_calls_back() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let two = vec![job(account_id, Act::Succeed), job(account_id, Act::Succeed)];
    let (batch_id, jobs) = write(&app, account_id, two).await;
    cancel(&app, jobs[0]).await;
    assert_eq!(callbacks(&app).await, "0");
    cancel(&app, jobs[1]).await;
    assert_eq!(callbacks(&app).await, "1");
    assert_eq!(read(&app, account_id, batch_id).await.cancelled, 2);
    app.run_jobs().await;
}

#[tokio::test]
async fn the_last_job_that_is_buried_calls_back() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let one = vec![job(account_id, Act::Succeed)];
    let (batch_id, jobs) = write(&app, account_id, one).await;
    app.sql("UPDATE jobs SET crashes = 2").await;
    let mut ghost = WorkerByHand::living_for(&app, Duration::from_millis(200)).await;
    ghost.claim(&jobs).await;
    let worker = app.worker(&[Queue::Inventory, Queue::Reports]).await;
    app.wait_for(jobs[0], JobState::Dead).await;
    app.wait_until_quiet().await;
    worker.stop().await;
    assert_eq!(callbacks(&app).await, "1");
    assert_eq!(read(&app, account_id, batch_id).await.dead, 1);
}

#[tokio::test]
async fn a_dead_job_that_is_retried_is_pending_again_and_does_not_call_back_twice() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let one = vec![job(account_id, Act::Succeed)];
    let (batch_id, jobs) = write(&app, account_id, one).await;
    let mut worker = WorkerByHand::living_for(&app, Duration::from_secs(60)).await;
    let claimed = worker.claim(&jobs).await;
    let followed = worker.finish(&[(&claimed[0], dead())]).await;
    assert_eq!(followed.started.len(), 1);

    let mut tx = app.db.account(account_id).await.unwrap();
    jobs::retry(&mut tx, jobs[0].id).await.unwrap();
    tx.commit().await.unwrap();
    let row = read(&app, account_id, batch_id).await;
    assert_eq!((row.pending, row.dead, row.finished_at), (1, 0, None));

    let claimed = worker.claim(&jobs).await;
    let end = (&claimed[0], Outcome::Succeeded(json!({})));
    let followed = worker.finish(&[end]).await;
    assert_eq!((followed.ended.len(), followed.started.len()), (1, 0));
    let row = read(&app, account_id, batch_id).await;
    assert_eq!((row.pending, row.succeeded, row.completed), (0, 1, 2));
    assert_eq!(callbacks(&app).await, "1");
}

#[tokio::test]
async fn a_batch_whose_jobs_have_ended_takes_no_more() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let one = vec![job(account_id, Act::Succeed)];
    let (batch_id, jobs) = write(&app, account_id, one).await;
    cancel(&app, jobs[0]).await;
    let mut tx = app.db.account(account_id).await.unwrap();
    let late = job(account_id, Act::Succeed).in_batch(batch_id);
    let refused = jobs::enqueue(&mut tx, late).await.unwrap_err();
    let refused = suite_core::Error::from(refused);
    assert_eq!(refused.code(), "conflict");
}

#[tokio::test]
async fn a_batch_without_jobs_calls_back_at_once() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let (batch_id, started) = write(&app, account_id, Vec::new()).await;
    assert_eq!((started.len(), started[0].queue), (1, Queue::Reports));
    assert!(read(&app, account_id, batch_id).await.finished_at.is_some());
    app.run_jobs().await;
    assert_eq!(callbacks(&app).await, "1");
}

#[tokio::test]
async fn the_steps_of_a_chain_belong_to_the_batch() {
    let app = TestApp::new().await;
    let account_id = app.account().await.account_id();
    let chain = job(account_id, Act::Succeed).then(job(account_id, Act::Succeed));
    let (batch_id, jobs) = write(&app, account_id, vec![chain]).await;
    let mut worker = WorkerByHand::living_for(&app, Duration::from_secs(60)).await;
    let claimed = worker.claim(&jobs).await;
    let end = (&claimed[0], Outcome::Succeeded(json!({})));
    let second = worker.finish(&[end]).await.started;
    let row = read(&app, account_id, batch_id).await;
    assert_eq!((row.total, row.pending, row.completed), (2, 1, 0));
    let claimed = worker.claim(&second).await;
    let callback = worker.finish(&[(&claimed[0], dead())]).await.started;
    assert_eq!(callback[0].queue, Queue::Reports);
    let row = read(&app, account_id, batch_id).await;
    assert_eq!((row.pending, row.succeeded, row.dead), (0, 1, 1));
}

/// One job of a generated race: which of two batches it is in, which of three workers ends it, and how.
type Racer = (usize, usize, Way);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Succeeds,
    Dies,
    Stops,
    EndsItself,
    IsCalledOff,
}

fn racers() -> impl Strategy<Value = Vec<Racer>> {
    let ways = vec![
        Way::Succeeds,
        Way::Dies,
        Way::Stops,
        Way::EndsItself,
        Way::IsCalledOff,
    ];
    vec((0..2usize, 0..3usize, prop::sample::select(ways)), 1..16)
}

/// Ends the jobs by three workers at the same time, a few in each statement.
async fn race(app: &TestApp, account_id: AccountId, racers: &[Racer]) -> [BatchRow; 2] {
    let mut jobs = vec![None; racers.len()];
    let mut ids = Vec::new();
    for batch in 0..2 {
        let members: Vec<usize> = (0..racers.len())
            .filter(|one| racers[*one].0 == batch)
            .collect();
        let new = members
            .iter()
            .map(|_| job(account_id, Act::Succeed))
            .collect();
        let (id, written) = write(app, account_id, new).await;
        for (member, job) in members.iter().zip(written) {
            jobs[*member] = Some(job);
        }
        ids.push(id);
    }
    let of_worker = |number| {
        let mine = racers
            .iter()
            .zip(&jobs)
            .filter(move |(racer, _)| racer.1 == number);
        mine.map(|(racer, job)| (racer.2, job.expect("every job is in a batch")))
            .collect()
    };
    let (one, two, three): (Vec<_>, Vec<_>, Vec<_>) = (of_worker(0), of_worker(1), of_worker(2));
    tokio::join!(end(app, &one, 1), end(app, &two, 2), end(app, &three, 3));
    [
        read(app, account_id, ids[0]).await,
        read(app, account_id, ids[1]).await,
    ]
}

async fn end(app: &TestApp, jobs: &[(Way, JobRef)], at_a_time: usize) {
    let mut worker = WorkerByHand::living_for(app, Duration::from_secs(60)).await;
    for slice in jobs.chunks(at_a_time) {
        let mut ends = Vec::new();
        for (way, job) in slice {
            if *way == Way::IsCalledOff {
                cancel(app, *job).await;
            } else {
                ends.push((*way, worker.claim(&[*job]).await.remove(0)));
            }
        }
        for (way, claimed) in &ends {
            if *way == Way::EndsItself {
                let mut tx = app.db.account(slice[0].1.account_id).await.unwrap();
                let attempt = worker.attempt(claimed);
                assert!(
                    jobs::finish_here(&mut tx, attempt, &json!({}))
                        .await
                        .unwrap()
                );
                tx.commit().await.unwrap();
            }
        }
        let outcome = |way| match way {
            Way::Succeeds => Some(Outcome::Succeeded(json!({}))),
            Way::Dies => Some(dead()),
            Way::Stops => Some(Outcome::Cancelled),
            Way::EndsItself | Way::IsCalledOff => None,
        };
        let batch: Vec<(&ClaimedJob, Outcome)> = ends
            .iter()
            .filter_map(|(way, claimed)| Some((claimed, outcome(*way)?)))
            .collect();
        assert_eq!(worker.finish(&batch).await.ended.len(), batch.len());
    }
}

#[test]
fn however_the_ends_interleave_each_batch_counts_them_all_and_calls_back_once() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(3)
        .enable_all()
        .build()
        .unwrap();
    let (app, account_id) = runtime.block_on(async {
        let app = TestApp::new().await;
        let account_id = app.account().await.account_id();
        (app, account_id)
    });
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(24)
    };
    let mut runner = TestRunner::new(config);
    let counted = runner.run(&racers(), |racers| {
        let (rows, called_back) = runtime.block_on(async {
            app.sql("DELETE FROM jobs WHERE kind = 'test_report'").await;
            let rows = race(&app, account_id, &racers).await;
            (rows, callbacks(&app).await)
        });
        prop_assert_eq!(called_back, "2");
        for (batch, row) in rows.iter().enumerate() {
            let ended = |ways: &[Way]| {
                let mine = racers
                    .iter()
                    .filter(|one| one.0 == batch && ways.contains(&one.2));
                i32::try_from(mine.count()).unwrap()
            };
            prop_assert_eq!((row.pending, row.completed), (0, 1));
            prop_assert_eq!(row.succeeded, ended(&[Way::Succeeds, Way::EndsItself]));
            prop_assert_eq!(row.dead, ended(&[Way::Dies]));
            prop_assert_eq!(row.cancelled, ended(&[Way::Stops, Way::IsCalledOff]));
            prop_assert_eq!(row.total, row.succeeded + row.dead + row.cancelled);
        }
        Ok(())
    });
    counted.unwrap();
    let _inside = runtime.enter();
    drop(app);
}
