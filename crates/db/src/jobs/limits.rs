//! How many jobs run at a time in the whole fleet: of a queue, of an account in a queue, against an outside service.
//!
//! # Design
//!
//! **Who holds a slot is read, not counted.** The running jobs under a key are the rows in state `running`; there is no counter
//! that could go wrong when a process dies. A slot is free when its job has ended in whatever way, or when the keeper has
//! taken it from a dead worker.
//!
//! **Jobs without limits pay nothing.** Their claim stays the one statement it was ([`super::claim`]). A fetcher comes here
//! only in a queue that has a limit, or, where a service has one, with those ids that the hot statement has left over.
//!
//! **Deciding is done under a lock for each key** ([`claim_limited`]): a transaction takes the advisory locks of all keys of
//! its jobs, in the order of their numbers; then it reads, with a snapshot that is younger than the locks, who runs; decides
//! (`decide`); claims what fits, and *parks* the rest: `parked_on` names the full limit, `dispatched_at` is NULL. A parked job
//! is nowhere in Redis, takes no worker's slot and no attempt, and stands in the way of nobody.
//!
//! **A free slot is handed on** ([`hand_out`]): after the end of a limited job is committed, its worker takes the locks of its
//! keys, sees what is free, marks as many parked jobs as handed out, and pushes them to Redis. They keep `parked_on`: for
//! [`RESERVED`] the slot counts as taken for them, so that no newcomer slips in between, and the jobs that wait longest are
//! not starved. After that they compete like any other, since a reservation whose queue is paused must not hold others up.
//!
//! **No wake-up is lost.** A job is parked in the transaction that has seen the limit full. Had the slot become free before
//! that, it would have been seen; if it becomes free after, whoever hands on waits for the lock and finds the job parked.
//! Where the process dies between the end and the handing on, the keeper does it at its next round, as after every other
//! way in which slots become free (a raised limit, a dead worker).
//!
//! **Accounts take turns** at a slot of a queue or a service: `limits.turn` keeps who was served last. Within an account the
//! oldest comes first, an urgent job counting as older, as in Redis.
//!
//! A limit changes within a second for all workers; what runs above a lowered limit runs on.

mod claim;
mod count;
mod decide;
mod hand_out;
mod steer;

pub use claim::{Claims, claim_limited};
pub use hand_out::{hand_out, parked_keys};
pub use steer::{LimitUsage, set, steered, usage};

use std::time::Duration;

/// For how long a slot is kept for a job that was handed out.
pub const RESERVED: Duration = Duration::from_secs(2);

/// The first number of all our advisory locks.
const LOCK_CLASS: i64 = 7_162_003;
