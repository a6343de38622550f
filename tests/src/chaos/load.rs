use std::time::{Duration, SystemTime};

use suite_core::{
    id::AccountId,
    job::{JobRef, NewJob},
};
use suite_db::{DbResult, jobs};

use super::{
    ChaosWork,
    api::Merchant,
    plan::{Batch, Way},
};
use crate::TestApp;

/// What the sender knows of a job that it wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The commit was answered.
    Committed,
    /// As [`Fate::Committed`], and then it was called off, or nearly so.
    CalledOff,
    /// The transaction was rolled back.
    RolledBack,
    /// The answer to the commit was lost.
    Unknown,
}

/// A job that was written, as its sender saw it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) job: JobRef,
    pub(super) number: u64,
    pub(super) ends_in_transaction: bool,
    pub(super) fate: Fate,
    pub(super) at: SystemTime,
}

/// Writes the jobs of a plan.
pub(super) struct Load<'a> {
    pub(super) app: &'a TestApp,
    pub(super) accounts: Vec<AccountId>,
    pub(super) merchant: Merchant,
    pub(super) sent: Vec<Sent>,
    /// Jobs that the API has answered with 202.
    pub(super) accepted: Vec<String>,
}

impl Load<'_> {
    pub(super) async fn send(&mut self, batches: &[Batch]) {
        for batch in batches {
            let account = self.accounts[batch.account];
            match batch.way {
                Way::Api => {
                    let accepted = self.merchant.ask_for_report().await;
                    self.accepted.extend(accepted);
                }
                way => {
                    self.write(account, &batch.jobs, way).await;
                }
            }
        }
    }

    /// Writes jobs, with other ids as often as that fails.
    pub(super) async fn write(
        &mut self,
        account: AccountId,
        works: &[ChaosWork],
        way: Way,
    ) -> Vec<JobRef> {
        loop {
            let new: Vec<NewJob> = works
                .iter()
                .map(|work| NewJob::new(account, work).unwrap())
                .collect();
            let fate = self.write_once(account, &new, way).await;
            let jobs: Vec<JobRef> = new.iter().map(job_ref).collect();
            let is_over = fate == Fate::Committed || way == Way::RolledBack;
            for (job, work) in jobs.iter().zip(works) {
                self.sent.push(Sent {
                    job: *job,
                    number: work.number,
                    ends_in_transaction: work.ends_in_transaction,
                    fate: match way {
                        Way::CalledOff if fate == Fate::Committed => Fate::CalledOff,
                        _ => fate,
                    },
                    at: SystemTime::now(),
                });
            }
            if !is_over {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            match way {
                Way::HandedOut | Way::RolledBack => self.app.broker.dispatch(&jobs),
                Way::CalledOff => {
                    self.app.broker.dispatch(&jobs);
                    self.call_off(&jobs).await;
                }
                Way::SenderDies | Way::Api => {}
            }
            return jobs;
        }
    }

    async fn write_once(&self, account: AccountId, new: &[NewJob], way: Way) -> Fate {
        let written = async {
            let mut tx = self.app.db.account(account).await?;
            jobs::enqueue_many(&mut tx, new).await?;
            DbResult::Ok(tx)
        };
        match written.await {
            Ok(tx) if way == Way::RolledBack => {
                drop(tx);
                Fate::RolledBack
            }
            Ok(tx) => match tx.commit().await {
                Ok(()) => Fate::Committed,
                Err(_) => Fate::Unknown,
            },
            Err(_) => Fate::RolledBack,
        }
    }

    /// Calls jobs off once; a database that is away leaves them as they are.
    async fn call_off(&self, jobs: &[JobRef]) {
        for job in jobs {
            let called_off = async {
                let mut tx = self.app.db.account(job.account_id).await?;
                jobs::cancel(&mut tx, job.id).await?;
                tx.commit().await
            };
            if called_off.await.is_ok() {
                self.app.broker.announce_stop(job.account_id, job.id);
            }
        }
    }
}

fn job_ref(new: &NewJob) -> JobRef {
    JobRef {
        account_id: new.account_id,
        id: new.id,
        queue: new.terms.queue,
        priority: new.terms.priority,
    }
}
