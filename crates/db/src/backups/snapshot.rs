use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Text, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use suite_core::{backup::TableSum, config::DatabaseConfig};

use super::target::open;
use crate::DbResult;

/// One moment of the database, held open so that a dump and the sums of its tables are read from the very same.
pub struct Snapshot {
    connection: AsyncPgConnection,
    id: String,
    at: DateTime<Utc>,
    server_version: String,
}

#[derive(QueryableByName)]
struct Exported {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    server_version: String,
}

impl Snapshot {
    /// Opens one at `url`.
    ///
    /// # Errors
    /// When the server is away.
    pub async fn open(config: &DatabaseConfig, url: &str) -> DbResult<Self> {
        let mut connection = open(config, url).await?;
        connection
            .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await?;
        let exported: Exported = sql_query(
            "SELECT pg_export_snapshot() AS id, now() AS at, current_setting('server_version') AS server_version",
        )
        .get_result(&mut connection)
        .await?;
        Ok(Self {
            connection,
            id: exported.id,
            at: exported.at,
            server_version: exported.server_version,
        })
    }

    /// Returns the name by which `pg_dump --snapshot` finds it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns which moment it is, by the database's clock.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Returns the server's version.
    #[must_use]
    pub fn server_version(&self) -> &str {
        &self.server_version
    }

    /// Sums every table up.
    ///
    /// # Errors
    /// When the server is away.
    pub async fn sums(&mut self) -> DbResult<Vec<TableSum>> {
        sum_tables(&mut self.connection).await
    }
}

/// Sums every table of the database at `url` up, all in one snapshot.
///
/// # Errors
/// When the server is away.
pub async fn sums(config: &DatabaseConfig, url: &str) -> DbResult<Vec<TableSum>> {
    let mut connection = open(config, url).await?;
    connection
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    sum_tables(&mut connection).await
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    quoted: String,
}

#[derive(QueryableByName)]
struct Sum {
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = Text)]
    checksum: String,
}

async fn sum_tables(connection: &mut AsyncPgConnection) -> DbResult<Vec<TableSum>> {
    // What a row looks like as text must not depend on whose session it is.
    connection
        .batch_execute("SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL bytea_output = 'hex'; \
             SET LOCAL extra_float_digits = 1; SET LOCAL intervalstyle = 'postgres'")
        .await?;
    let tables: Vec<Table> = sql_query(
        "SELECT c.relname::text AS name, format('%I.%I', n.nspname, c.relname) AS quoted
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY c.relname COLLATE \"C\"",
    )
    .load(connection)
    .await?;
    let mut sums = Vec::with_capacity(tables.len());
    for table in tables {
        // MD5 and not hashtext: the latter may change between versions of the server.
        let query = format!(
            "SELECT count(*) AS rows, \
                    coalesce(sum(('x' || left(md5(a_row::text), 16))::bit(64)::bigint::numeric), 0)::text AS checksum \
               FROM {} AS a_row",
            table.quoted
        );
        let sum: Sum = sql_query(query).get_result(connection).await?;
        sums.push(TableSum {
            name: table.name,
            rows: sum.rows,
            checksum: sum.checksum,
        });
    }
    Ok(sums)
}
