//! What follows the end of a job, in the statement that writes the end: its batch counts it, the next job of its chain is
//! written, and the last of a batch writes the callback.
//!
//! Only jobs with a batch or a next job come here; the hot statements leave them out by two columns that are NULL. The jobs
//! to write are kept as values ([`suite_core::job::NewJob::as_kept`]), with their ids, so that everything happens in one
//! statement and is there, or is not, together with the end.
//!
//! A batch is counted in its row: whoever brings `pending` to zero is the last, in whatever order statements of different
//! workers run, since each waits for the row. Rows of batches are locked after rows of jobs and in the order of their ids.

use diesel::{QueryableByName, sql_types::Bool};
use suite_core::job::JobRef;
use uuid::Uuid;

use super::RefRow;

/// The part of a statement behind a `WITH ended AS (… RETURNING j.account_id, j.id, j.queue, j.priority, j.state, j.batch_id,
/// j.next_job)`; the statement then reads from `ended` and `started`.
macro_rules! follow {
    () => {
        follow!("clock_timestamp()")
    };
    // For a caller who cannot hand out what is written: the keeper does.
    (left to the keeper) => {
        follow!("NULL::timestamptz")
    };
    ($dispatched_at:literal) => {
        concat!(", counts AS (
            SELECT account_id, batch_id,
                   count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
                   count(*) FILTER (WHERE state = 'dead') AS dead,
                   count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
                   count(*) FILTER (WHERE state = 'succeeded' AND next_job IS NOT NULL) AS continued
              FROM ended
             WHERE batch_id IS NOT NULL AND state IN ('succeeded', 'dead', 'cancelled')
             GROUP BY account_id, batch_id
        ), locked AS (
            SELECT b.account_id, b.id FROM batches b
             WHERE (b.account_id, b.id) IN (SELECT account_id, batch_id FROM counts)
             ORDER BY b.account_id, b.id FOR UPDATE
        ), counted AS (
            UPDATE batches b
               SET total = b.total + c.continued,
                   pending = b.pending + c.continued - c.succeeded - c.dead - c.cancelled,
                   succeeded = b.succeeded + c.succeeded,
                   dead = b.dead + c.dead,
                   cancelled = b.cancelled + c.cancelled,
                   completed = b.completed
                       + (b.pending + c.continued = c.succeeded + c.dead + c.cancelled)::integer,
                   finished_at = CASE WHEN b.pending + c.continued = c.succeeded + c.dead + c.cancelled
                                      THEN clock_timestamp() END
              FROM locked l JOIN counts c ON c.account_id = l.account_id AND c.batch_id = l.id
             WHERE b.account_id = l.account_id AND b.id = l.id
            RETURNING b.account_id, b.callback, b.pending = 0 AND b.completed = 1 AS calls_back
        ), followers AS (
            SELECT account_id, next_job AS job, batch_id FROM ended
             WHERE state = 'succeeded' AND next_job IS NOT NULL
             UNION ALL
            SELECT account_id, callback, NULL FROM counted WHERE calls_back AND callback IS NOT NULL
        ), started AS (
            INSERT INTO jobs (account_id, id, kind, queue, state, priority, args, max_attempts, timeout_ms, run_at,
                              dispatched_at, traceparent, service, batch_id, next_job)
            SELECT f.account_id, n.id, n.kind, n.queue,
                   CASE WHEN n.run_at > clock_timestamp() THEN 'scheduled' ELSE 'queued' END,
                   n.priority, n.args, n.max_attempts, n.timeout_ms, coalesce(n.run_at, clock_timestamp()),
                   CASE WHEN n.run_at > clock_timestamp() THEN NULL ELSE ", $dispatched_at, " END,
                   n.traceparent, n.service, f.batch_id, n.next_job
              FROM followers f CROSS JOIN LATERAL jsonb_to_record(f.job)
                AS n (id uuid, kind text, queue text, priority smallint, args jsonb, max_attempts smallint,
                      timeout_ms integer, run_at timestamptz, traceparent text, service text, next_job jsonb)
            RETURNING account_id, id, queue, priority, state
        )")
    };
}

/// The same with what is asked of it: the jobs that ended, and those that have to be handed out.
macro_rules! ended_and_started {
    () => {
        " SELECT account_id, id, queue, priority, false AS is_new FROM ended
           UNION ALL
          SELECT account_id, id, queue, priority, true FROM started WHERE state = 'queued'"
    };
}

pub(super) use {ended_and_started, follow};

/// What [`ended_and_started`] returns.
#[derive(QueryableByName)]
pub(super) struct FollowRow {
    #[diesel(embed)]
    job: RefRow,
    #[diesel(sql_type = Bool)]
    is_new: bool,
}

/// What a statement has ended, and what follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// The jobs whose end was accepted.
    pub ended: Vec<Uuid>,
    /// The jobs that were written with it: to be handed out after the commit.
    pub started: Vec<JobRef>,
}

impl Followed {
    pub(super) fn of(rows: &[FollowRow]) -> Self {
        let (new, ended): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.is_new);
        Self {
            ended: ended.iter().map(|row| row.job.id).collect(),
            // One of a queue that this version does not know is left to a newer one, which finds it waiting.
            started: new.iter().filter_map(|row| row.job.job()).collect(),
        }
    }
}
