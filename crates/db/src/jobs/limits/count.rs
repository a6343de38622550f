use std::collections::BTreeMap;

use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::job_limits::LimitedJob;
use uuid::Uuid;

use super::{LOCK_CLASS, RESERVED};
use crate::{DbResult, FleetConnection, statement::statement};

statement! {
    struct Lock {
        names: Array<Text> => Vec<String>,
        class: BigInt => i64,
    }
    "SELECT count(pg_advisory_xact_lock(number)) AS held FROM (
         SELECT DISTINCT hashtextextended(name, $2) AS number FROM unnest($1) AS n (name) ORDER BY 1
     ) sorted"
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = BigInt)]
    #[allow(dead_code, reason = "that the statement returns is what matters")]
    held: i64,
}

/// Holds limits until the transaction ends. What is read after this sees all that was decided before.
pub(super) async fn lock(connection: &mut FleetConnection, names: &[String]) -> DbResult<()> {
    let lock = Lock {
        names: names.to_vec(),
        class: LOCK_CLASS,
    };
    let _: Vec<Held> = lock.load(&mut **connection).await?;
    Ok(())
}

statement! {
    struct CountRunning {}
    "SELECT account_id, queue, service, count(*) AS jobs FROM jobs
      WHERE state = 'running' GROUP BY account_id, queue, service"
}

#[derive(QueryableByName)]
struct RunningRow {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    #[diesel(sql_type = Text)]
    queue: String,
    #[diesel(sql_type = Nullable<Text>)]
    service: Option<String>,
    #[diesel(sql_type = BigInt)]
    jobs: i64,
}

statement! {
    struct CountReserved {
        names: Array<Text> => Vec<String>,
        reserved_ms: BigInt => i64,
    }
    "SELECT parked_on AS name, count(*) AS jobs FROM jobs
      WHERE parked_on = ANY ($1) AND state IN ('queued', 'retrying')
        AND dispatched_at > now() - $2 * interval '1 millisecond'
      GROUP BY parked_on"
}

#[derive(QueryableByName)]
struct ReservedRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    jobs: i64,
}

/// How many slots are in use.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// By jobs that run, under every key there is.
    pub(super) running: BTreeMap<String, u32>,
    /// By jobs that were handed out and are on their way.
    pub(super) reserved: BTreeMap<String, u32>,
}

impl Taken {
    /// Returns the sums.
    pub(super) fn all(self) -> BTreeMap<String, u32> {
        let mut all = self.running;
        for (name, jobs) in self.reserved {
            *all.entry(name).or_default() += jobs;
        }
        all
    }
}

/// Counts who runs, and for whom slots of these keys are kept.
///
/// All running jobs are read, by their small index: there are as many as the fleet's workers have slots.
pub(super) async fn count(connection: &mut FleetConnection, names: &[String]) -> DbResult<Taken> {
    let mut taken = Taken::default();
    let rows: Vec<RunningRow> = CountRunning {}.load(&mut **connection).await?;
    for row in rows {
        // A queue of a newer version has no limits here.
        let Ok(queue) = row.queue.parse() else {
            continue;
        };
        let job = LimitedJob {
            queue,
            account_id: row.account_id.into(),
            service: row.service.as_deref(),
        };
        for name in job.names() {
            *taken.running.entry(name).or_default() += small(row.jobs);
        }
    }
    let reserved = CountReserved {
        names: names.to_vec(),
        reserved_ms: reserved_ms(),
    };
    let rows: Vec<ReservedRow> = reserved.load(&mut **connection).await?;
    taken.reserved = rows
        .into_iter()
        .map(|row| (row.name, small(row.jobs)))
        .collect();
    Ok(taken)
}

pub(super) fn reserved_ms() -> i64 {
    i64::try_from(RESERVED.as_millis()).unwrap_or(i64::MAX)
}

fn small(jobs: i64) -> u32 {
    u32::try_from(jobs).unwrap_or(u32::MAX)
}
