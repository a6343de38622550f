use std::time::Duration;

use suite_core::{
    id::{AccountId, JobId},
    job::{Job, JobRef, JobState, NewJob, Queue},
};
use suite_db::jobs::{self, JobRow};

use crate::{PATIENCE, TestApp, database::sql_at, until, until_some};

const LIVE: &str =
    "SELECT kind, id, state, attempt, run_at, coalesce(error_detail, error) FROM jobs
    WHERE state IN ('queued', 'scheduled', 'running', 'retrying') ORDER BY id";

/// Describes the jobs that wait or run, of all accounts.
pub(crate) async fn live_jobs(database_url: &str) -> Vec<String> {
    let rows = sql_at(database_url, LIVE).await;
    rows.iter().map(|row| row.join(" ")).collect()
}

impl TestApp {
    /// Writes a job and hands it out, as a handler does.
    pub async fn enqueue<J: Job>(&self, account_id: AccountId, job: &J) -> JobRef {
        let new = NewJob::new(account_id, job).unwrap();
        self.enqueue_all(account_id, vec![new]).await[0]
    }

    /// Writes jobs in one transaction and hands them out.
    pub async fn enqueue_all(&self, account_id: AccountId, new: Vec<NewJob>) -> Vec<JobRef> {
        let written = self.write_jobs(account_id, new).await;
        self.broker.dispatch(&written);
        written
    }

    /// Writes jobs and hands nothing out, as a process does that dies right after its commit.
    pub async fn write_jobs(&self, account_id: AccountId, new: Vec<NewJob>) -> Vec<JobRef> {
        let mut tx = self.db.account(account_id).await.unwrap();
        let written = jobs::enqueue_many(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        written.into_iter().map(|enqueued| enqueued.job).collect()
    }

    /// Returns a job's row.
    ///
    /// # Panics
    /// When there is none.
    pub async fn job(&self, job: JobRef) -> JobRow {
        self.find_job(job).await.expect("the job must exist")
    }

    async fn find_job(&self, job: JobRef) -> Option<JobRow> {
        let mut tx = self.db.account(job.account_id).await.unwrap();
        jobs::find(&mut tx, job.id).await.unwrap()
    }

    /// Names a job that the API has answered with.
    ///
    /// # Panics
    /// When the answer holds no job.
    #[must_use]
    pub fn job_of(&self, account_id: AccountId, answer: &serde_json::Value) -> JobRef {
        let text = |name: &str| answer[name].as_str().expect("a job in the answer");
        JobRef {
            account_id,
            id: text("id").parse::<JobId>().expect("a job's id"),
            queue: text("queue").parse().expect("a queue"),
            priority: suite_core::job::Priority::Normal,
        }
    }

    /// Waits until a job is in a state, and returns its row.
    ///
    /// # Panics
    /// When it ends in another state, or does not get there in time.
    pub async fn wait_for(&self, job: JobRef, state: JobState) -> JobRow {
        let what = format!("job {} is {}", job.id, state.name());
        until_some(&what, || async {
            let row = self.job(job).await;
            let present: JobState = row.state.parse().expect("a known state");
            let is_there = present == state;
            assert!(
                is_there || !present.is_final(),
                "it should become {} and ended: {row:#?}",
                state.name()
            );
            is_there.then_some(row)
        })
        .await
    }

    /// Waits until no job waits or runs any more. A worker must be there, in this process or another.
    ///
    /// # Panics
    /// When that takes too long; the message lists what is left.
    pub async fn wait_until_quiet(&self) {
        let url = self.database.url();
        let deadline = tokio::time::Instant::now() + PATIENCE;
        until("no job is live", || async {
            let live = live_jobs(&url).await;
            let is_late = tokio::time::Instant::now() + Duration::from_secs(1) > deadline;
            assert!(live.is_empty() || !is_late, "jobs do not end: {live:#?}");
            live.is_empty()
        })
        .await;
    }

    /// Runs all jobs that there are, and those that they make, to their ends, in a worker of all queues.
    ///
    /// # Panics
    /// When that takes too long; the message lists what is left.
    pub async fn run_jobs(&self) {
        let worker = self.worker(&Queue::ALL).await;
        self.wait_until_quiet().await;
        worker.stop().await;
    }
}
