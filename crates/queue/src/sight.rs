//! How loaded each queue is, put together from Redis and PostgreSQL.
//!
//! Redis counts what waits at the cost of one look at each account; counting a million rows would take PostgreSQL a second.
//! How long the oldest waits is read from the rows of the ids at the heads of the lists. When Redis is away, or knows only
//! ids of jobs that no longer wait, PostgreSQL answers alone.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use suite_core::{Error, Result, job::Queue};
use suite_db::{
    Db,
    operator::load::{self, QueueLoad},
};
use uuid::Uuid;

use crate::Broker;

/// An answer is good for this long: several autoscalers and scrapers may ask at the same time.
const FRESH: Duration = Duration::from_secs(1);

/// Where the counts of waiting jobs came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SightSource {
    /// Counted by Redis, with the ages and all else from PostgreSQL.
    Both,
    /// Counted by PostgreSQL.
    PostgreSql,
}

/// How loaded a queue is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueueSight {
    /// Jobs that are due and wait for a worker.
    pub depth: u64,
    /// For how long the oldest of them has waited since it was due, in seconds; zero when none waits.
    pub oldest_waiting_seconds: f64,
    /// Jobs that a worker has.
    pub running: u64,
    /// Workers alive that serve it.
    pub workers: u64,
    /// Whether an operator holds it.
    pub is_paused: bool,
}

/// How loaded all queues are.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// Where the counts of waiting jobs came from.
    pub source: SightSource,
    /// Each queue.
    pub queues: BTreeMap<Queue, QueueSight>,
}

/// The last answer, for those who ask again at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastSight(Arc<Mutex<Option<(Instant, Sight)>>>);

impl LastSight {
    fn fresh(&self) -> Option<Sight> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, sight) = last.as_ref()?;
        (at.elapsed() < FRESH).then(|| sight.clone())
    }

    fn keep(&self, sight: &Sight) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), sight.clone()));
    }
}

/// What Redis knows of the jobs that wait.
#[derive(Default)]
struct Waiting {
    depths: BTreeMap<Queue, u64>,
    heads: Vec<(Uuid, Uuid)>,
}

impl Broker {
    /// Tells how loaded each queue is; an answer may be a second old.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn sight(&self, db: &Db) -> Result<Sight> {
        if let Some(sight) = self.last_sight.fresh() {
            return Ok(sight);
        }
        let waiting = self.look_at_waiting().await.ok();
        let mut tx = db.fleet().await?;
        let heads = waiting.as_ref().map_or(&[][..], |waiting| &waiting.heads);
        let loads = load::read(&mut tx, heads).await?;
        let sight = match waiting.and_then(|waiting| of_both(&loads, &waiting.depths)) {
            Some(sight) => sight,
            None => of_rows(&loads, &load::handed_out(&mut tx).await?),
        };
        tx.commit().await?;
        self.last_sight.keep(&sight);
        Ok(sight)
    }

    async fn look_at_waiting(&self) -> Result<Waiting> {
        let mut waiting = Waiting::default();
        let mut connection = self.redis.shared();
        for queue in Queue::ALL {
            let lists = self.ring.survey(&mut connection, queue).await;
            for list in lists.map_err(Error::unavailable)? {
                *waiting.depths.entry(queue).or_default() += list.depth;
                let owner = list.account_id.as_uuid();
                waiting
                    .heads
                    .extend(list.heads.into_iter().map(|id| (owner, id)));
            }
        }
        Ok(waiting)
    }
}

/// Nothing when Redis has ids for a queue and none of the foremost belongs to a job that waits.
fn of_both(loads: &[QueueLoad], depths: &BTreeMap<Queue, u64>) -> Option<Sight> {
    let mut queues = BTreeMap::new();
    for (queue, load) in known(loads) {
        let depth = depths.get(&queue).copied().unwrap_or(0);
        if depth > 0 && load.oldest_named_seconds.is_none() {
            return None;
        }
        let oldest = load.oldest_named_seconds.max(load.oldest_due_seconds);
        queues.insert(queue, sight(load, depth, oldest));
    }
    Some(Sight {
        source: SightSource::Both,
        queues,
    })
}

fn of_rows(loads: &[QueueLoad], handed_out: &[load::HandedOut]) -> Sight {
    let queues = known(loads).map(|(queue, load)| {
        let waiting = handed_out.iter().find(|row| row.name == load.name);
        let depth = waiting.map_or(0, |row| row.depth.unsigned_abs());
        let oldest = waiting.map(|row| row.oldest_seconds);
        (
            queue,
            sight(load, depth, oldest.max(load.oldest_due_seconds)),
        )
    });
    Sight {
        source: SightSource::PostgreSql,
        queues: queues.collect(),
    }
}

/// Queues of a newer version are left to it.
fn known(loads: &[QueueLoad]) -> impl Iterator<Item = (Queue, &QueueLoad)> {
    loads
        .iter()
        .filter_map(|load| Some((load.name.parse().ok()?, load)))
}

fn sight(load: &QueueLoad, handed_out: u64, oldest_seconds: Option<f64>) -> QueueSight {
    QueueSight {
        depth: handed_out + load.due.unsigned_abs(),
        oldest_waiting_seconds: oldest_seconds.unwrap_or(0.0).max(0.0),
        running: load.running.unsigned_abs(),
        workers: load.workers.unsigned_abs(),
        is_paused: load.is_paused,
    }
}

/// The larger of two times, where there are any.
trait Longer {
    fn max(self, other: Self) -> Self;
}

impl Longer for Option<f64> {
    fn max(self, other: Self) -> Self {
        match (self, other) {
            (Some(one), Some(two)) => Some(one.max(two)),
            (one, two) => one.or(two),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(due: i64, oldest_due: Option<f64>, oldest_named: Option<f64>) -> Vec<QueueLoad> {
        vec![QueueLoad {
            name: "reports".to_owned(),
            is_paused: false,
            running: 2,
            workers: 1,
            due,
            oldest_due_seconds: oldest_due,
            oldest_named_seconds: oldest_named,
        }]
    }

    #[test]
    fn what_redis_never_got_counts_as_waiting() {
        let depths = BTreeMap::from([(Queue::Reports, 5)]);
        let sight = of_both(&load(3, Some(9.0), Some(2.0)), &depths).unwrap();
        let reports = sight.queues[&Queue::Reports];
        assert_eq!((reports.depth, reports.oldest_waiting_seconds), (8, 9.0));
    }

    #[test]
    fn ids_of_jobs_that_no_longer_wait_are_not_believed() {
        let depths = BTreeMap::from([(Queue::Reports, 5)]);
        assert_eq!(of_both(&load(0, None, None), &depths), None);
        let sight = of_rows(&load(0, None, None), &[]);
        let reports = sight.queues[&Queue::Reports];
        assert_eq!((reports.depth, reports.oldest_waiting_seconds), (0, 0.0));
    }
}
