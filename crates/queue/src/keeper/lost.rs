use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    time::Duration,
};

use suite_core::job::JobRef;
use suite_db::{
    FleetConnection,
    jobs::keeper::{WaitingWindow, still_waiting, waiting},
};
use uuid::Uuid;

use crate::{
    ring::End,
    worker::{LayerError, Shared, within},
};

/// An id younger than this may still be on its way.
const SETTLED: Duration = Duration::from_millis(1_500);

/// Jobs that were committed just now: their sender may have died before it reached Redis. A job is as old as its insert, and
/// the transaction around it may have taken a while.
pub(super) const RECENT: WaitingWindow = WaitingWindow {
    at_most: Duration::from_secs(15),
    at_least: SETTLED,
};

/// All that wait.
pub(super) const ALL: WaitingWindow = WaitingWindow {
    at_most: Duration::from_secs(3_600 * 24 * 3_650),
    at_least: SETTLED,
};

/// Rows compared at a time.
const PAGE: i64 = 10_000;

/// Hands out again what waits in the database and is missing in Redis; returns how many.
///
/// A job may be claimed while this looks at it. Then its id is pushed for nothing: the claim of an id whose job does not
/// wait takes nothing.
pub(super) async fn find(
    shared: &Shared,
    database: &mut FleetConnection,
    window: WaitingWindow,
) -> Result<usize, LayerError> {
    let mut connection = shared.broker.redis.shared();
    let mut lists = HashMap::new();
    let mut cursor = None;
    let mut found = 0;
    loop {
        let (page, next) =
            within(waiting(database, window, &shared.known_kinds, cursor, PAGE)).await?;
        let mut missing = Vec::new();
        for job in page {
            let list: &HashSet<Uuid> = match lists.entry((job.queue, job.account_id, job.priority))
            {
                Entry::Occupied(list) => list.into_mut(),
                Entry::Vacant(vacant) => {
                    let ring = &shared.broker.ring;
                    vacant.insert(
                        ring.contents(&mut connection, job.queue, job.account_id, job.priority)
                            .await?,
                    )
                }
            };
            if !list.contains(&job.id.as_uuid()) {
                missing.push((job.account_id.as_uuid(), job.id.as_uuid()));
            }
        }
        if !missing.is_empty() {
            let mut lost: Vec<JobRef> = within(still_waiting(database, &missing)).await?;
            // Put in front one by one, the oldest comes last and stands first.
            lost.sort_by_key(|job| std::cmp::Reverse(job.id));
            shared
                .broker
                .ring
                .push(&mut connection, &lost, End::Front)
                .await?;
            found += lost.len();
        }
        match next {
            Some(next) => cursor = Some(next),
            None => return Ok(found),
        }
    }
}
