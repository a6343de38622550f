use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, hash_map::Entry},
    time::Duration,
};

use suite_core::{
    id::AccountId,
    job::{JobRef, Priority, Queue},
};
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
            None => break,
        }
    }
    if window.at_most == ALL.at_most {
        mend(shared, &mut connection, lists.into_keys()).await?;
    }
    Ok(found)
}

/// Ids whose account has no turn are in Redis and yet out of reach. No script of ours leaves them so; an operator may.
async fn mend(
    shared: &Shared,
    connection: &mut redis::aio::ConnectionManager,
    lists: impl Iterator<Item = (Queue, AccountId, Priority)>,
) -> Result<(), LayerError> {
    let mut accounts: BTreeMap<Queue, BTreeSet<AccountId>> = BTreeMap::new();
    for (queue, account_id, _) in lists {
        accounts.entry(queue).or_default().insert(account_id);
    }
    for (queue, accounts) in accounts {
        let accounts: Vec<AccountId> = accounts.into_iter().collect();
        let mended = shared
            .broker
            .ring
            .mend(connection, queue, &accounts)
            .await?;
        if mended > 0 {
            tracing::warn!(%queue, accounts = mended, "accounts that had lost their turn got it back");
        }
    }
    Ok(())
}
