//! How loaded each queue is, for autoscalers and gauges: asked often, and cheap however many jobs wait.

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, BigInt, Bool, Double, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::{DbResult, FleetTx};

/// A queue as its rows show it, those apart that only Redis can count cheaply.
#[derive(Debug, Clone, QueryableByName)]
pub struct QueueLoad {
    /// The queue's name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Whether an operator holds it.
    #[diesel(sql_type = Bool)]
    pub is_paused: bool,
    /// Jobs that a worker has.
    #[diesel(sql_type = BigInt)]
    pub running: i64,
    /// Workers alive that serve it.
    #[diesel(sql_type = BigInt)]
    pub workers: i64,
    /// Jobs that are due and not handed out; counted up to [`DUE_COUNTED`]. Those that a limit holds are not among them: more
    /// workers would not help.
    #[diesel(sql_type = BigInt)]
    pub due: i64,
    /// For how many seconds the oldest of those waits.
    #[diesel(sql_type = Nullable<Double>)]
    pub oldest_due_seconds: Option<f64>,
    /// For how many seconds the oldest of the jobs that were named waits; nothing when none of them waits.
    #[diesel(sql_type = Nullable<Double>)]
    pub oldest_named_seconds: Option<f64>,
}

/// Of the jobs that are due and not handed out, no more are counted: usually there are none.
pub const DUE_COUNTED: i64 = 10_000;

/// Reads the load of every queue. `named` are jobs that are thought to wait longest: account and id.
///
/// # Errors
/// When the server is away.
pub async fn read(tx: &mut FleetTx, named: &[(Uuid, Uuid)]) -> DbResult<Vec<QueueLoad>> {
    let (owners, ids): (Vec<Uuid>, Vec<Uuid>) = named.iter().copied().unzip();
    Ok(sql_query(
        "WITH named AS (
             SELECT j.queue, min(j.run_at) AS oldest FROM unnest($1, $2) AS n (account_id, id)
               JOIN jobs j ON j.account_id = n.account_id AND j.id = n.id
              WHERE j.state IN ('queued', 'retrying') AND j.dispatched_at IS NOT NULL
              GROUP BY j.queue
         ), due AS (
             SELECT queue, count(*) AS due, min(run_at) AS oldest FROM (
                 SELECT queue, run_at FROM jobs
                  WHERE state IN ('queued', 'scheduled', 'retrying') AND dispatched_at IS NULL AND parked_on IS NULL
                    AND run_at <= now()
                  ORDER BY run_at LIMIT $3) first
              GROUP BY queue
         ), running AS (
             SELECT queue, count(*) AS running FROM jobs WHERE state = 'running' GROUP BY queue
         ), serving AS (
             SELECT s.queue, count(*) AS workers FROM workers w CROSS JOIN LATERAL unnest(w.queues) AS s (queue)
              WHERE w.lease_until > clock_timestamp() GROUP BY s.queue
         )
         SELECT q.name, q.paused_at IS NOT NULL AS is_paused, coalesce(r.running, 0) AS running,
                coalesce(s.workers, 0) AS workers, coalesce(d.due, 0) AS due,
                extract(epoch FROM clock_timestamp() - d.oldest)::float8 AS oldest_due_seconds,
                extract(epoch FROM clock_timestamp() - n.oldest)::float8 AS oldest_named_seconds
           FROM queues q
           LEFT JOIN named n ON n.queue = q.name
           LEFT JOIN due d ON d.queue = q.name
           LEFT JOIN running r ON r.queue = q.name
           LEFT JOIN serving s ON s.queue = q.name
          ORDER BY q.name",
    )
    .bind::<Array<SqlUuid>, _>(owners)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<BigInt, _>(DUE_COUNTED)
    .load(&mut **tx)
    .await?)
}

/// What was handed out and waits in one queue.
#[derive(Debug, Clone, QueryableByName)]
pub struct HandedOut {
    /// The queue's name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// How many jobs.
    #[diesel(sql_type = BigInt)]
    pub depth: i64,
    /// For how many seconds the oldest waits.
    #[diesel(sql_type = Double)]
    pub oldest_seconds: f64,
}

/// Counts the jobs that were handed out and wait: exact, and about a second for a million of them.
///
/// # Errors
/// When the server is away.
pub async fn handed_out(tx: &mut FleetTx) -> DbResult<Vec<HandedOut>> {
    Ok(sql_query(
        "SELECT queue AS name, count(*) AS depth,
                extract(epoch FROM clock_timestamp() - min(run_at))::float8 AS oldest_seconds
           FROM jobs WHERE state IN ('queued', 'retrying') AND dispatched_at IS NOT NULL GROUP BY queue",
    )
    .load(&mut **tx)
    .await?)
}
