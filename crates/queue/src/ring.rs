//! The waiting ids in Redis: for each queue a ring of accounts, for each account a list of ids by priority.
//!
//! The ring gives every account its turn, so that a flood of one delays nobody. Within an account the lists are read by
//! age: an urgent job counts as older than it is, so that nothing starves.

use std::collections::{BTreeMap, HashSet};

use redis::{AsyncCommands, RedisResult, Script, aio::ConnectionLike};
use suite_core::{
    id::AccountId,
    job::{JobRef, Priority, Queue},
};
use uuid::Uuid;

use crate::{Keys, redis_client::BLOCK};

/// A normal job counts as this much younger than an urgent one, a low one as the second figure.
const BEHIND_MS: (u64, u64) = (60_000, 600_000);

/// Ids in one call of the push script: its arguments must stay small enough not to hold up Redis.
const PUSH_SLICE: usize = 5_000;

/// Accounts that are looked at in one round trip.
const SURVEY_SLICE: usize = 500;

/// The last index of the ids that a survey reads from the front of a list: several, as some may be of jobs called off.
const HEADS: isize = 4;

/// What waits of one account in one queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountWaiting {
    /// Whose jobs.
    pub account_id: AccountId,
    /// How many ids.
    pub depth: u64,
    /// Those at the ends of its lists: the oldest are among them.
    pub heads: Vec<Uuid>,
}

/// At which end of its account's list an id is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A new job: behind the others.
    Back,
    /// A job that had been handed out before: it has waited longest.
    Front,
}

/// The scripts and the names of the keys they work on. Cheap to clone.
#[derive(Clone)]
pub struct Ring {
    keys: Keys,
    push: Script,
    pop: Script,
    mend: Script,
}

/// How long a list is, and ids at both of its ends.
type Surveyed = (u64, Vec<Vec<u8>>, Vec<Vec<u8>>);

impl Ring {
    /// Makes the ring of one installation.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        Self {
            keys,
            push: Script::new(include_str!("ring/push.lua")),
            pop: Script::new(include_str!("ring/pop.lua")),
            mend: Script::new(include_str!("ring/mend.lua")),
        }
    }

    /// Puts ids into their lists and wakes workers.
    ///
    /// # Errors
    /// When Redis is away or full; some of the jobs may have been pushed.
    pub async fn push<C>(&self, connection: &mut C, jobs: &[JobRef], end: End) -> RedisResult<()>
    where
        C: ConnectionLike + Clone,
    {
        for slice in jobs.chunks(PUSH_SLICE) {
            let mut lists: BTreeMap<Queue, BTreeMap<(AccountId, Priority), Vec<Uuid>>> =
                BTreeMap::new();
            for job in slice {
                let lists = lists.entry(job.queue).or_default();
                lists
                    .entry((job.account_id, job.priority))
                    .or_default()
                    .push(job.id.as_uuid());
            }
            for (queue, lists) in lists {
                let mut call = self.push.prepare_invoke();
                call.key(self.keys.ring(queue))
                    .key(self.keys.wake(queue))
                    .arg(self.keys.lists(queue));
                call.arg(if end == End::Back { "RPUSH" } else { "LPUSH" });
                for ((account_id, priority), ids) in lists {
                    call.arg(account_id.to_string())
                        .arg(priority.as_i16())
                        .arg(ids.len());
                    for id in ids {
                        call.arg(id.as_bytes().as_slice());
                    }
                }
                call.invoke_async::<i64>(connection).await?;
            }
        }
        Ok(())
    }

    /// Takes up to `limit` ids, in the order of the accounts' turns.
    ///
    /// # Errors
    /// When Redis is away. An answer lost on the way loses the ids: the caller must ask for a sweep.
    pub async fn pop<C>(
        &self,
        connection: &mut C,
        queue: Queue,
        limit: usize,
    ) -> RedisResult<Vec<(Uuid, Uuid)>>
    where
        C: ConnectionLike + Clone,
    {
        let mut call = self.pop.prepare_invoke();
        call.key(self.keys.ring(queue))
            .arg(self.keys.lists(queue))
            .arg(limit)
            .arg(BEHIND_MS.0)
            .arg(BEHIND_MS.1);
        let pairs: Vec<(String, Vec<u8>)> = call.invoke_async(connection).await?;
        let parsed = pairs.iter().filter_map(|(account, id)| {
            // Anything else in these lists was not put there by us.
            Some((account.parse().ok()?, Uuid::from_slice(id).ok()?))
        });
        Ok(parsed.collect())
    }

    /// Gives those of the accounts a turn again that have ids and none; returns how many.
    ///
    /// # Errors
    /// When Redis is away or full.
    pub async fn mend<C>(
        &self,
        connection: &mut C,
        queue: Queue,
        accounts: &[AccountId],
    ) -> RedisResult<u64>
    where
        C: ConnectionLike + Clone,
    {
        let mut mended = 0;
        for slice in accounts.chunks(SURVEY_SLICE) {
            let mut call = self.mend.prepare_invoke();
            call.key(self.keys.ring(queue))
                .key(self.keys.wake(queue))
                .arg(self.keys.lists(queue));
            for account_id in slice {
                call.arg(account_id.to_string());
            }
            mended += call.invoke_async::<u64>(connection).await?;
        }
        Ok(mended)
    }

    /// Waits until a job is pushed to `queue`, at most a second.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn wait<C>(&self, connection: &mut C, queue: Queue) -> RedisResult<()>
    where
        C: ConnectionLike + AsyncCommands,
    {
        let _: Option<(String, String)> = connection
            .blpop(self.keys.wake(queue), BLOCK.as_secs_f64())
            .await?;
        Ok(())
    }

    /// Returns the ids that wait in one list.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn contents<C>(
        &self,
        connection: &mut C,
        queue: Queue,
        account_id: AccountId,
        priority: Priority,
    ) -> RedisResult<HashSet<Uuid>>
    where
        C: ConnectionLike + AsyncCommands,
    {
        const PAGE: isize = 20_000;
        let key = format!(
            "{}{account_id}:{}",
            self.keys.lists(queue),
            priority.as_i16()
        );
        let mut ids = HashSet::new();
        // From the back: what is popped meanwhile at the front shifts nothing that has still to be read.
        let mut last = -1;
        loop {
            let page: Vec<Vec<u8>> = connection.lrange(&key, last - PAGE + 1, last).await?;
            let is_full = page.len() == PAGE.unsigned_abs();
            ids.extend(page.iter().filter_map(|id| Uuid::from_slice(id).ok()));
            if !is_full {
                return Ok(ids);
            }
            last -= PAGE;
        }
    }

    /// Looks at what waits in a queue, account by account.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn survey<C>(
        &self,
        connection: &mut C,
        queue: Queue,
    ) -> RedisResult<Vec<AccountWaiting>>
    where
        C: ConnectionLike + AsyncCommands,
    {
        let accounts: Vec<String> = connection.lrange(self.keys.ring(queue), 0, -1).await?;
        // Anything else in the ring was not put there by us.
        let accounts: Vec<AccountId> = accounts.iter().filter_map(|id| id.parse().ok()).collect();
        let mut surveyed = Vec::with_capacity(accounts.len());
        for slice in accounts.chunks(SURVEY_SLICE) {
            let mut pipeline = redis::pipe();
            for account_id in slice {
                for priority in Priority::ALL {
                    let key = format!(
                        "{}{account_id}:{}",
                        self.keys.lists(queue),
                        priority.as_i16()
                    );
                    pipeline
                        .llen(&key)
                        .lrange(&key, 0, HEADS)
                        .lrange(&key, -1, -1);
                }
            }
            let answers: Vec<Surveyed> = pipeline.query_async(connection).await?;
            let answers = answers.chunks(Priority::ALL.len());
            surveyed.extend(slice.iter().zip(answers).map(|(account_id, lists)| {
                let ids = lists
                    .iter()
                    .flat_map(|(_, first, last)| first.iter().chain(last));
                AccountWaiting {
                    account_id: *account_id,
                    depth: lists.iter().map(|(depth, _, _)| depth).sum(),
                    heads: ids.filter_map(|id| Uuid::from_slice(id).ok()).collect(),
                }
            }));
        }
        Ok(surveyed)
    }
}
