use std::time::Duration;

use suite_core::{
    id::WorkerId,
    job::{JobRef, Queue},
};
use suite_db::{
    FleetConnection,
    jobs::{
        self, Attempt, Finish, Outcome,
        workers::{self, WorkerCard},
    },
};
use uuid::Uuid;

use crate::TestApp;

/// A worker that exists in the database only: it claims and ends jobs when the test says so, and never beats.
pub struct GhostWorker {
    connection: FleetConnection,
    id: WorkerId,
    kinds: Vec<&'static str>,
}

impl GhostWorker {
    /// Enters one called `ghost`, whose lease ends after `lease`.
    pub async fn enter(app: &TestApp, lease: Duration) -> Self {
        let mut connection = app.db.fleet_connection().await.unwrap();
        let card = WorkerCard {
            id: WorkerId::new(),
            name: "ghost".to_owned(),
            host: "nowhere".to_owned(),
            pid: 1,
            version: "0",
            queues: vec![Queue::Inventory],
            concurrency: 1,
        };
        workers::register(&mut connection, &card, lease)
            .await
            .unwrap();
        let kinds = crate::test_kinds();
        Self {
            connection,
            id: card.id,
            kinds: kinds.iter().map(|kind| kind.terms().name).collect(),
        }
    }

    /// Claims a job, if it waits.
    pub async fn try_claim(&mut self, job: JobRef) -> Option<Attempt> {
        let popped = [(job.account_id.as_uuid(), job.id.as_uuid())];
        let claimed = jobs::claim(&mut self.connection, self.id, &popped, &self.kinds);
        claimed.await.unwrap().pop().map(|claimed| Attempt {
            job_id: claimed.id,
            attempt: claimed.attempt,
            worker_id: self.id.as_uuid(),
            started_at: claimed.started_at,
        })
    }

    /// Claims a job.
    ///
    /// # Panics
    /// When it does not wait.
    pub async fn claim(&mut self, job: JobRef) -> Attempt {
        self.try_claim(job).await.expect("the job waits")
    }

    /// Ends an attempt; returns whether that was accepted.
    pub async fn finish(&mut self, job: JobRef, attempt: Attempt, outcome: Outcome) -> bool {
        let finish = Finish {
            account_id: job.account_id.as_uuid(),
            attempt,
            outcome,
        };
        let accepted: Vec<Uuid> = jobs::finish(&mut self.connection, &[finish]).await.unwrap();
        !accepted.is_empty()
    }

    /// Returns its connection, for other statements of the job layer.
    pub fn connection(&mut self) -> &mut FleetConnection {
        &mut self.connection
    }

    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> WorkerId {
        self.id
    }
}

impl TestApp {
    /// Claims a job for a worker that is taken for dead a moment later.
    pub async fn claim_for_a_dead_worker(&self, job: JobRef) -> (GhostWorker, Attempt) {
        let mut ghost = GhostWorker::enter(self, Duration::from_millis(1_500)).await;
        let attempt = ghost.claim(job).await;
        (ghost, attempt)
    }

    /// Tells whether an attempt may write, as a handler finds out.
    pub async fn holds(&self, job: JobRef, attempt: Attempt) -> bool {
        let mut tx = self.db.account(job.account_id).await.unwrap();
        jobs::fence(&mut tx, attempt).await.unwrap()
    }
}
