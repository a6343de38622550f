use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Bool, Text},
};
use diesel_async::RunQueryDsl;
use suite_core::{job::JobRef, job_limits::ConcurrencyLimits};

use super::count::{count, lock};
use crate::{DbResult, FleetConnection, jobs::RefRow, statement::statement};

/// Jobs handed out under one key in one call.
const SLICE: u32 = 100;

statement! {
    // From one entry of the index to the next: there may be many parked jobs and few keys.
    struct ParkedKeys {}
    "WITH RECURSIVE keys AS (
         (SELECT parked_on AS name FROM jobs
           WHERE parked_on IS NOT NULL AND state IN ('queued', 'retrying')
           ORDER BY parked_on LIMIT 1)
          UNION ALL
         SELECT n.name FROM keys k CROSS JOIN LATERAL (
             SELECT parked_on AS name FROM jobs
              WHERE parked_on > k.name AND state IN ('queued', 'retrying')
              ORDER BY parked_on LIMIT 1) n
     ) SELECT name FROM keys"
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Returns the limits for which jobs wait.
///
/// # Errors
/// When the server is away.
pub async fn parked_keys(connection: &mut FleetConnection) -> DbResult<Vec<String>> {
    let rows: Vec<NameRow> = ParkedKeys {}.load(&mut **connection).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

// What is parked under a key is in one stretch of the index jobs_parked; ordering by its columns reads it in order.
macro_rules! parked {
    ($more:literal) => {
        concat!(
            "(SELECT account_id FROM jobs
               WHERE parked_on = w.name AND state IN ('queued', 'retrying') AND dispatched_at IS NULL ",
            $more,
            " ORDER BY dispatched_at, account_id LIMIT 1)"
        )
    };
}

statement! {
    // Accounts in turn, from the one behind the last that was served round to it; of each the oldest first, where an urgent
    // job counts as a minute older than a normal and as ten minutes older than a low one.
    struct HandOut {
        names: Array<Text> => Vec<String>,
        free: Array<BigInt> => Vec<i64>,
        unlimited: Array<Bool> => Vec<bool>,
    }
    concat!(
        "WITH wanted AS (
            SELECT w.name, w.free, w.unlimited,
                   coalesce(l.turn, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AS turn
              FROM unnest($1, $2, $3) AS w (name, free, unlimited) LEFT JOIN limits l ON l.key = w.name
        ), ranked AS (
            SELECT w.name, w.unlimited, j.account_id, j.id,
                   row_number() OVER (PARTITION BY w.name ORDER BY j.round, a.place) AS rank, w.free
              FROM wanted w CROSS JOIN LATERAL (
                  WITH RECURSIVE behind AS (
                      SELECT first.account_id, 1::bigint AS place FROM ",
        parked!("AND account_id > w.turn"),
        " first
                       UNION ALL
                      SELECT n.account_id, b.place + 1 FROM behind b CROSS JOIN LATERAL ",
        parked!("AND account_id > b.account_id"),
        " n WHERE b.place < w.free
                  ), before AS (
                      SELECT first.account_id, w.free + 1 AS place FROM ",
        parked!("AND account_id <= w.turn"),
        " first
                       UNION ALL
                      SELECT n.account_id, b.place + 1 FROM before b CROSS JOIN LATERAL ",
        parked!("AND account_id > b.account_id AND account_id <= w.turn"),
        " n WHERE b.place < w.free * 2
                  )
                  SELECT * FROM behind UNION ALL SELECT * FROM before
              ) a CROSS JOIN LATERAL (
                  SELECT o.account_id, o.id, row_number() OVER (ORDER BY o.created_at + lane.behind, o.id) AS round
                    FROM (VALUES (0, interval '0'), (1, interval '1 minute'), (2, interval '10 minutes'))
                      AS lane (priority, behind) CROSS JOIN LATERAL (
                      SELECT account_id, id, created_at FROM jobs
                       WHERE parked_on = w.name AND state IN ('queued', 'retrying') AND dispatched_at IS NULL
                         AND account_id = a.account_id AND priority = lane.priority
                       ORDER BY dispatched_at, id LIMIT w.free) o
              ) j
        ), held AS (
            SELECT j.account_id, j.id, r.name, r.unlimited, r.rank
              FROM ranked r JOIN jobs j ON j.account_id = r.account_id AND j.id = r.id
             WHERE r.rank <= r.free AND j.parked_on = r.name AND j.dispatched_at IS NULL
               AND j.state IN ('queued', 'retrying')
               FOR UPDATE OF j SKIP LOCKED
        ), turned AS (
            INSERT INTO limits (key, turn)
            SELECT name, (array_agg(account_id ORDER BY rank DESC))[1] FROM held
             WHERE name NOT LIKE 'account:%' AND NOT unlimited GROUP BY name
            ON CONFLICT (key) DO UPDATE SET turn = excluded.turn
        )
        UPDATE jobs j
           SET dispatched_at = clock_timestamp(), parked_on = CASE WHEN NOT h.unlimited THEN j.parked_on END
          FROM held h
         WHERE j.account_id = h.account_id AND j.id = h.id
        RETURNING j.account_id, j.id, j.queue, j.priority"
    )
}

/// Hands out as many parked jobs as there are free slots under the given keys, and returns them to be pushed.
///
/// Under a key that is limited no more all are handed out, a slice at a time: call again until nothing comes.
///
/// # Errors
/// When the server is away. The connection may be left in the middle of a transaction and must be closed.
pub async fn hand_out(
    connection: &mut FleetConnection,
    names: &[String],
    limits: &ConcurrencyLimits,
) -> DbResult<Vec<JobRef>> {
    connection.begin().await?;
    lock(connection, names).await?;
    let taken = count(connection, names).await?.all();
    let mut statement = HandOut {
        names: Vec::new(),
        free: Vec::new(),
        unlimited: Vec::new(),
    };
    for name in names {
        let most = limits.most(name);
        let used = taken.get(name).copied().unwrap_or(0);
        let free = most.map_or(SLICE, |most| most.saturating_sub(used).min(SLICE));
        if free > 0 {
            statement.names.push(name.clone());
            statement.free.push(i64::from(free));
            statement.unlimited.push(most.is_none());
        }
    }
    let jobs = if statement.names.is_empty() {
        Vec::new()
    } else {
        statement.load::<RefRow>(&mut **connection).await?
    };
    connection.commit().await?;
    // A job of a queue that this version does not know is left to a newer one, which finds it waiting.
    Ok(jobs.iter().filter_map(RefRow::job).collect())
}
