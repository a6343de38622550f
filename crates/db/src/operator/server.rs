//! What `suitectl doctor` asks the server about itself and about us in it.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{DbResult, FleetTx};

/// The server as this session sees it.
#[derive(Debug, Clone, QueryableByName)]
pub struct ServerFacts {
    /// The server's version, such as `15.14`.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// The same as a number, such as 150014.
    #[diesel(sql_type = Integer)]
    pub version_number: i32,
    /// The database's name.
    #[diesel(sql_type = Text)]
    pub database: String,
    /// The role that statements run as.
    #[diesel(sql_type = Text)]
    pub role: String,
    /// Whether row-level security does not bind that role.
    #[diesel(sql_type = Bool)]
    pub bypasses_row_security: bool,
    /// The database's clock, on which leases and delays go.
    #[diesel(sql_type = Timestamptz)]
    pub now: DateTime<Utc>,
    /// Connections that an ordinary role may open at most.
    #[diesel(sql_type = Integer)]
    pub connections_limit: i32,
    /// Connections of clients at the moment, ours and others'.
    #[diesel(sql_type = BigInt)]
    pub connections_used: i64,
    /// How much the database takes on the server's disk, where our role may ask.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub database_bytes: Option<i64>,
    /// Whether a commit is on disk when it is answered.
    #[diesel(sql_type = Bool)]
    pub is_durable: bool,
    /// Whether the server is a standby, which takes no writes.
    #[diesel(sql_type = Bool)]
    pub is_standby: bool,
}

/// Reads what the server says of itself.
///
/// # Errors
/// When the server is away.
pub async fn facts(tx: &mut FleetTx) -> DbResult<ServerFacts> {
    Ok(sql_query(
        "SELECT current_setting('server_version') AS version,
                current_setting('server_version_num')::int AS version_number,
                current_database()::text AS database,
                current_user::text AS role,
                (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS bypasses_row_security,
                clock_timestamp() AS now,
                current_setting('max_connections')::int
                    - current_setting('superuser_reserved_connections')::int
                    - coalesce(current_setting('reserved_connections', true), '0')::int AS connections_limit,
                (SELECT sum(numbackends) FROM pg_stat_database)::bigint AS connections_used,
                CASE WHEN has_database_privilege(current_database(), 'CONNECT')
                       OR pg_has_role('pg_read_all_stats', 'USAGE')
                     THEN pg_database_size(current_database()) END AS database_bytes,
                current_setting('fsync')::bool AND current_setting('synchronous_commit') <> 'off' AS is_durable,
                pg_is_in_recovery() AS is_standby",
    )
    .get_result(&mut **tx)
    .await?)
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Lists tables with an `account_id` that row-level security does not close.
///
/// # Errors
/// When the server is away.
pub async fn unprotected_tables(tx: &mut FleetTx) -> DbResult<Vec<String>> {
    let names: Vec<Name> = sql_query(
        "SELECT c.relname::text AS name
           FROM pg_class c
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped
          WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
          ORDER BY c.relname",
    )
    .load(&mut **tx)
    .await?;
    Ok(names.into_iter().map(|row| row.name).collect())
}

/// Jobs that run for workers that are gone.
#[derive(Debug, Clone, QueryableByName)]
pub struct Orphans {
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// Since when the first of them has no worker; a worker whose row is gone counts from the job's start.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub oldest: Option<DateTime<Utc>>,
}

/// Counts running jobs whose worker's lease has ended.
///
/// # Errors
/// When the server is away.
pub async fn orphans(tx: &mut FleetTx) -> DbResult<Orphans> {
    Ok(sql_query(
        "SELECT count(*) AS count, min(coalesce(w.lease_until, j.started_at, j.created_at)) AS oldest
           FROM jobs j LEFT JOIN workers w ON w.id = j.worker_id
          WHERE j.state = 'running' AND coalesce(w.lease_until, '-infinity') < clock_timestamp()",
    )
    .get_result(&mut **tx)
    .await?)
}
