//! The jobs table: the truth about every job. Who may call what:
//!
//! - business code, in its own transaction: [`enqueue`], [`cancel`], [`retry`], [`find`], [`list`];
//! - a running job: [`fence`], [`finish_followed`], [`write_progress`];
//! - the job layer, on connections of its own: [`claim`], [`finish`], [`limits`], [`workers`], [`keeper`].
//!
//! Jobs that belong together are [`batches`]. States and transitions are drawn in `docs/JOBS.md`.

pub mod batches;
mod claim;
mod due_notice;
mod enqueue;
mod fence;
mod finish;
mod follow;
pub mod keeper;
mod kill;
pub mod limits;
mod progress;
mod read;
mod steer;
pub mod workers;

pub use claim::{ClaimedJob, claim, claim_without_service};
pub use due_notice::{listen_for_due, next_due_notice, notify_due};
pub(crate) use enqueue::enqueue_for_accounts;
pub use enqueue::{Enqueued, enqueue, enqueue_many};
pub use fence::{Attempt, fence, finish_followed, finish_here};
pub use finish::{Finish, JobFault, Outcome, finish, finish_linked};
pub use follow::Followed;
pub use kill::kill;
pub use progress::{Progress, write_progress};
pub use read::{JobFilter, JobRow, find, find_any, list};
pub use steer::{cancel, retry};

use diesel::{
    QueryableByName,
    sql_types::{SmallInt, Text, Uuid as SqlUuid},
};
use suite_core::job::{JobRef, Priority, Queue};
use uuid::Uuid;

/// A row that names a job.
#[derive(QueryableByName)]
struct RefRow {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    queue: String,
    #[diesel(sql_type = SmallInt)]
    priority: i16,
}

impl RefRow {
    /// Returns the job, or nothing when it waits in a queue of a newer version, which is left alone.
    fn job(&self) -> Option<JobRef> {
        let queue: Queue = self.queue.parse().ok()?;
        Some(JobRef {
            account_id: self.account_id.into(),
            id: self.id.into(),
            queue,
            priority: Priority::from(self.priority),
        })
    }
}

/// Splits jobs into the two arrays by which statements name them.
fn keys(jobs: &[JobRef]) -> (Vec<Uuid>, Vec<Uuid>) {
    jobs.iter()
        .map(|job| (job.account_id.as_uuid(), job.id.as_uuid()))
        .unzip()
}
