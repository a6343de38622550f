//! What the monitor measures in the database.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Integer, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use super::jobs::{GROUPS, OF_GROUP};
use crate::{DbResult, FleetTx};

/// Jobs that died lately.
#[derive(Debug, Clone, QueryableByName)]
pub struct Dead {
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// Of which kinds.
    #[diesel(sql_type = Nullable<Text>)]
    pub kinds: Option<String>,
}

/// Counts jobs that died within the last hour, by the database's clock.
///
/// # Errors
/// When the server is away.
pub async fn dead_jobs(tx: &mut FleetTx) -> DbResult<Dead> {
    Ok(sql_query(format!(
        "WITH RECURSIVE {GROUPS}
         SELECT coalesce(sum(n.count), 0)::bigint AS count,
                string_agg(DISTINCT g.kind, ', ') FILTER (WHERE n.count > 0) AS kinds
           FROM groups g
          CROSS JOIN LATERAL (SELECT count(*) AS count FROM jobs j
                               WHERE {OF_GROUP} AND j.finished_at > clock_timestamp() - interval '1 hour') n
          WHERE g.state = 'dead'"
    ))
    .get_result(&mut **tx)
    .await?)
}

/// Mails of a day.
#[derive(Debug, Clone, QueryableByName)]
pub struct Bounces {
    /// Those that came back.
    #[diesel(sql_type = BigInt)]
    pub bounced: i64,
    /// All that left.
    #[diesel(sql_type = BigInt)]
    pub sent: i64,
}

/// Counts the mails of the last day.
///
/// # Errors
/// When the server is away.
pub async fn bounces(tx: &mut FleetTx) -> DbResult<Bounces> {
    Ok(sql_query(
        "SELECT count(*) FILTER (WHERE state IN ('bounced', 'dropped')) AS bounced,
                count(*) FILTER (WHERE state IN ('sent', 'delivered', 'bounced', 'dropped')) AS sent
           FROM mails WHERE created_at > clock_timestamp() - interval '1 day'",
    )
    .get_result(&mut **tx)
    .await?)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Counts stores of platforms that sent an order a day for a fortnight, and then none for so many hours.
///
/// # Errors
/// When the server is away.
pub async fn silent_stores(tx: &mut FleetTx, now: DateTime<Utc>, hours: i32) -> DbResult<i64> {
    let count: Count = sql_query(
        "SELECT count(*) AS number FROM stores s
          CROSS JOIN LATERAL (
                SELECT max(o.placed_at) AS last_at FROM orders o
                 WHERE o.account_id = s.account_id AND o.store_id = s.id) l
          WHERE s.platform <> 'manual' AND s.deleted_at IS NULL
            AND l.last_at BETWEEN $1 - interval '14 days' AND $1 - make_interval(hours => $2)
            AND (SELECT count(DISTINCT o.placed_at::date) FROM orders o
                  WHERE o.account_id = s.account_id AND o.store_id = s.id
                    AND o.placed_at BETWEEN l.last_at - interval '14 days' AND l.last_at) >= 14",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<Integer, _>(hours)
    .get_result(&mut **tx)
    .await?;
    Ok(count.number)
}

#[derive(QueryableByName)]
struct Since {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    at: Option<DateTime<Utc>>,
}

/// Returns when the first schedule of the fleet was written: what was never done is late since then.
///
/// # Errors
/// When the server is away.
pub async fn first_account_at(tx: &mut FleetTx) -> DbResult<Option<DateTime<Utc>>> {
    let since: Since = sql_query("SELECT min(created_at) AS at FROM accounts")
        .get_result(&mut **tx)
        .await?;
    Ok(since.at)
}
