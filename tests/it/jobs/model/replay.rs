use std::time::Duration;

use suite_core::job::JobRef;
use suite_db::jobs::{
    self, Attempt, JobFault, Outcome, finish_here,
    keeper::{self, WaitingWindow},
    workers,
};
use suite_tests::{Act, Dice, GhostWorker, PlainAct, TestApp};
use tokio_postgres::Client;

use super::world::{Action, End, Fence, World};

const LEASE: Duration = Duration::from_secs(600);

/// The real tables beside the model, one step after the other.
struct Replay<'a> {
    app: &'a TestApp,
    owner: &'a Client,
    jobs: Vec<JobRef>,
    workers: Vec<GhostWorker>,
    tokens: Vec<Attempt>,
}

impl Replay<'_> {
    /// Does a step for real; returns whether it was accepted.
    async fn step(&mut self, action: Action) -> bool {
        match action {
            Action::Claim { worker, job } => {
                let token = self.workers[worker].try_claim(self.jobs[job]).await;
                self.tokens.extend(token);
                token.is_some()
            }
            Action::Finish { token, end } => self.finish(self.tokens[token], end).await,
            Action::EndLease { worker } => {
                let sql = format!(
                    "UPDATE workers SET lease_until = now() - interval '1 s' WHERE id = '{}'",
                    self.workers[worker].id()
                );
                self.owner.execute(&sql, &[]).await.unwrap() == 1
            }
            Action::Beat { worker } => {
                let id = self.workers[worker].id();
                let connection = self.workers[worker].connection();
                workers::beat(connection, id, LEASE, 0).await.unwrap()
            }
            Action::Recover => {
                let recovered = keeper::recover(self.workers[0].connection(), 10).await;
                !recovered.unwrap().is_empty()
            }
            Action::Forget => {
                let forgotten = keeper::forget_dead_workers(self.workers[0].connection()).await;
                forgotten.unwrap() > 0
            }
            Action::HandOutDue => {
                keeper::hand_out_due(self.workers[0].connection(), 10)
                    .await
                    .unwrap();
                true
            }
            // Redis is the model's: what it holds changes no row.
            Action::Sweep | Action::Lose { .. } => true,
            Action::CallOff { job } => self.steer(job, true).await,
            Action::Retry { job } => self.steer(job, false).await,
        }
    }

    async fn finish(&mut self, token: Attempt, end: End) -> bool {
        let job = self.job_of(token);
        let error = JobFault {
            public: "no".to_owned(),
            detail: "no".to_owned(),
        };
        let after = Duration::ZERO;
        let outcome = match end {
            End::SucceedInTransaction => {
                let mut tx = self.app.db.account(job.account_id).await.unwrap();
                let done = finish_here(&mut tx, token, &"done".into()).await.unwrap();
                tx.commit().await.unwrap();
                return done;
            }
            End::Succeed => Outcome::Succeeded("done".into()),
            End::Fail => Outcome::Retry { after, error },
            End::Discard => Outcome::Dead { error },
            End::Release => Outcome::Released { after, error: None },
        };
        self.workers[0].finish(job, token, outcome).await
    }

    fn job_of(&self, token: Attempt) -> JobRef {
        let mut jobs = self.jobs.iter();
        *jobs.find(|job| job.id.as_uuid() == token.job_id).unwrap()
    }

    async fn steer(&self, job: usize, off: bool) -> bool {
        let job = self.jobs[job];
        let mut tx = self.app.db.account(job.account_id).await.unwrap();
        let steered = match off {
            true => jobs::cancel(&mut tx, job.id).await.map(|_| ()),
            false => jobs::retry(&mut tx, job.id).await.map(|_| ()),
        };
        tx.commit().await.unwrap();
        steered.is_ok()
    }

    /// Holds the rows, the fence and the keeper's searches against the model.
    async fn compare(&mut self, world: &World) {
        for (job, model) in self.jobs.iter().zip(&world.jobs) {
            let sql = format!(
                "SELECT state, attempt, crashes, dispatched_at IS NULL, worker_id::text,
                        cancel_requested_at IS NOT NULL, finished_at IS NOT NULL FROM jobs WHERE id = '{}'",
                job.id
            );
            let row = self.owner.query_one(&sql, &[]).await.unwrap();
            let owner = model
                .owner
                .map(|owner| self.workers[owner].id().to_string());
            let is_final = owner.is_none() && !model.state.waits();
            assert_eq!(
                (
                    row.get(0),
                    row.get(1),
                    row.get(2),
                    row.get::<_, Option<String>>(4)
                ),
                (model.state.name(), model.attempt, model.crashes, owner)
            );
            assert_eq!((row.get(5), row.get(6)), (model.is_called_off, is_final));
            assert!(!model.state.waits() || row.get::<_, bool>(3) == model.is_due);
        }
        for (token, model) in self.tokens.iter().zip(&world.tokens) {
            let holds = self.app.holds(self.job_of(*token), *token).await;
            assert_eq!(holds, world.lets_through(*model, Fence::Whole), "{model:?}");
        }
        let window = WaitingWindow {
            at_most: LEASE,
            at_least: Duration::ZERO,
        };
        let found = keeper::waiting(
            self.workers[0].connection(),
            window,
            &["test_plain"],
            None,
            10,
        );
        let (found, _) = found.await.unwrap();
        for (job, model) in self.jobs.iter().zip(&world.jobs) {
            let waits = model.state.waits() && !model.is_due;
            assert_eq!(
                found.contains(job),
                waits,
                "the keeper finds what waits, and nothing else"
            );
        }
    }
}

#[tokio::test]
async fn the_statements_do_what_the_model_does() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let owner = app.database.owner().await;
    for seed in 0..24 {
        owner
            .batch_execute("DELETE FROM jobs; DELETE FROM workers")
            .await
            .unwrap();
        let mut dice = Dice::new(seed);
        let mut world = World::new(2, 2);
        let mut replay = Replay {
            app: &app,
            owner: &owner,
            jobs: Vec::new(),
            workers: Vec::new(),
            tokens: Vec::new(),
        };
        for _ in 0..2 {
            replay.workers.push(GhostWorker::enter(&app, LEASE).await);
            let job = PlainAct::new(Act::Succeed);
            replay
                .jobs
                .push(app.enqueue(merchant.account_id(), &job).await);
        }
        let mut path = Vec::new();
        for _ in 0..25 {
            let action = choose(&world, &mut dice);
            path.push(action);
            let expected = world.step(action, Fence::Whole).unwrap();
            assert_eq!(replay.step(action).await, expected, "seed {seed}: {path:?}");
            replay.compare(&world).await;
        }
    }
}

/// Prefers steps that change something.
fn choose(world: &World, dice: &mut Dice) -> Action {
    let actions = world.actions(12);
    let mut action = actions[dice.below(actions.len())];
    for _ in 0..6 {
        let mut after = world.clone();
        if after.step(action, Fence::Whole) == Ok(true) && after != *world {
            break;
        }
        action = actions[dice.below(actions.len())];
    }
    action
}
