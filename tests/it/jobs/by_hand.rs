//! A worker that a test plays itself, statement by statement.

use std::time::Duration;

use suite_core::{
    id::WorkerId,
    job::{JobRef, Queue},
};
use suite_db::{
    FleetConnection,
    jobs::{
        Attempt, ClaimedJob, Finish, Followed, Outcome, claim, finish, finish_linked,
        workers::{self, WorkerCard},
    },
};
use suite_tests::TestApp;

pub(super) struct WorkerByHand {
    pub(super) id: WorkerId,
    pub(super) connection: FleetConnection,
}

impl WorkerByHand {
    /// Enters a worker that lives for so long.
    pub(super) async fn living_for(app: &TestApp, lease: Duration) -> Self {
        let mut connection = app.db.fleet_connection().await.unwrap();
        let card = WorkerCard {
            id: WorkerId::new(),
            name: "by hand".to_owned(),
            host: "nowhere".to_owned(),
            pid: 1,
            version: "0",
            queues: Queue::ALL.to_vec(),
            concurrency: 1,
        };
        workers::register(&mut connection, &card, lease)
            .await
            .unwrap();
        Self {
            id: card.id,
            connection,
        }
    }

    /// Claims jobs, all of which must wait.
    pub(super) async fn claim(&mut self, jobs: &[JobRef]) -> Vec<ClaimedJob> {
        let popped: Vec<_> = jobs
            .iter()
            .map(|job| (job.account_id.as_uuid(), job.id.as_uuid()))
            .collect();
        let kinds = ["test_plain", "test_urgent", "test_low", "test_report"];
        let claimed = claim(&mut self.connection, self.id, &popped, &kinds)
            .await
            .unwrap();
        assert_eq!(claimed.len(), jobs.len());
        claimed
    }

    /// Writes ends, as the finisher does.
    pub(super) async fn finish(&mut self, ends: &[(&ClaimedJob, Outcome)]) -> Followed {
        let batch: Vec<Finish> = ends
            .iter()
            .map(|(job, outcome)| Finish {
                account_id: job.account_id,
                attempt: self.attempt(job),
                outcome: outcome.clone(),
            })
            .collect();
        let plain = finish(&mut self.connection, &batch).await.unwrap();
        let mut followed = finish_linked(&mut self.connection, &batch).await.unwrap();
        followed.ended.extend(plain);
        followed
    }

    /// Returns the token of an attempt.
    pub(super) fn attempt(&self, job: &ClaimedJob) -> Attempt {
        Attempt {
            job_id: job.id,
            attempt: job.attempt,
            worker_id: self.id.as_uuid(),
            started_at: job.started_at,
        }
    }
}
