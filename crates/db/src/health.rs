//! Whether the database is what this program expects.

use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::RunQueryDsl;

use crate::{DbResult, FleetTx};

#[derive(QueryableByName)]
struct VersionRow {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Returns the versions of the migrations that the database has run.
///
/// # Errors
/// When the server is away or was never migrated.
pub async fn migrations_run(tx: &mut FleetTx) -> DbResult<Vec<String>> {
    let rows: Vec<VersionRow> = sql_query("SELECT version FROM __diesel_schema_migrations")
        .load(&mut **tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}
