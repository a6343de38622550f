use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Bool},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use suite_core::{Error, config::DatabaseConfig};
use tokio_postgres::config::{Host, SslMode};

use crate::{DbError, DbResult, connect::Connector, tls};

/// Connects to the database at `url` as its login role, in the scope of the whole fleet, and without a limit of time: a sum
/// over a large table takes as long as it takes.
pub(super) async fn open(config: &DatabaseConfig, url: &str) -> DbResult<AsyncPgConnection> {
    let mut connection = Connector::new(config, url, "suite-backup")
        .connect_as_owner()
        .await
        .map_err(|error| DbError::Pool(error.to_string()))?;
    connection
        .batch_execute("SET suite.scope = 'fleet'; SET statement_timeout = 0; SET jit = off; \
             SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '60s'; SET client_min_messages = warning")
        .await?;
    Ok(connection)
}

/// Returns what tells PostgreSQL's own programs where to connect, in the scope of the whole fleet.
///
/// By environment, as everybody on the machine would see a password in their arguments.
///
/// # Errors
/// When the URL cannot be read.
pub fn libpq_environment(url: &str) -> DbResult<Vec<(&'static str, String)>> {
    let (config, _) = tls::configure(url).map_err(|error| DbError::Pool(error.to_string()))?;
    let host = config.get_hosts().first().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let password = config.get_password().map(String::from_utf8_lossy);
    let sslmode = if url.contains("sslmode=verify-full") {
        "verify-full"
    } else if url.contains("sslmode=verify-ca") {
        "verify-ca"
    } else {
        match config.get_ssl_mode() {
            SslMode::Disable => "disable",
            SslMode::Require => "require",
            _ => "prefer",
        }
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    Ok(vec![
        ("PGHOST", host.unwrap_or_else(|| "localhost".to_owned())),
        ("PGPORT", port.to_string()),
        ("PGUSER", config.get_user().unwrap_or_default().to_owned()),
        ("PGPASSWORD", password.unwrap_or_default().into_owned()),
        (
            "PGDATABASE",
            config.get_dbname().unwrap_or_default().to_owned(),
        ),
        ("PGSSLMODE", sslmode.to_owned()),
        (
            "PGOPTIONS",
            "-c suite.scope=fleet -c statement_timeout=0".to_owned(),
        ),
        ("PGAPPNAME", "suite-backup".to_owned()),
        ("PGCONNECT_TIMEOUT", "10".to_owned()),
    ])
}

/// Returns the address of another database of the same server, and the name of the one in `url`.
///
/// # Errors
/// When the URL names no database.
pub fn address_of_database(
    url: &str,
    name: impl FnOnce(&str) -> String,
) -> DbResult<(String, String)> {
    let unreadable = || DbError::Business(Error::invalid("DATABASE_URL", "names no database"));
    let (config, _) = tls::configure(url).map_err(|error| DbError::Pool(error.to_string()))?;
    let present = config.get_dbname().ok_or_else(unreadable)?;
    let new = name(present);
    // The path begins after the authority and ends at the question mark; both programs and libpq write it so.
    let authority = url.find("://").ok_or_else(unreadable)? + 3;
    let path = authority + url[authority..].find('/').ok_or_else(unreadable)?;
    let end = url[path..].find('?').map_or(url.len(), |end| path + end);
    Ok((format!("{}/{new}{}", &url[..path], &url[end..]), new))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Tells whether nothing was ever made in the database at `url`.
///
/// # Errors
/// When the server is away.
pub async fn is_empty(config: &DatabaseConfig, url: &str) -> DbResult<bool> {
    let mut connection = open(config, url).await?;
    let count: Count = sql_query(
        "SELECT (SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace)
              + (SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
                  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')) AS number",
    )
    .get_result(&mut connection)
    .await?;
    Ok(count.number == 0)
}

/// Makes a database with nothing in it, by way of the one at `url`; one of that name that an earlier run left is dropped.
///
/// # Errors
/// When the role may not, or the server is away.
pub async fn create_empty(config: &DatabaseConfig, url: &str, name: &str) -> DbResult<()> {
    drop_database(config, url, name).await?;
    let mut connection = open(config, url).await?;
    let create = format!("CREATE DATABASE {} TEMPLATE template0", quoted(name));
    Ok(connection.batch_execute(&create).await?)
}

/// Drops a database, whoever is connected to it.
///
/// # Errors
/// When the role may not, or the server is away.
pub async fn drop_database(config: &DatabaseConfig, url: &str, name: &str) -> DbResult<()> {
    let mut connection = open(config, url).await?;
    let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
    Ok(connection.batch_execute(&drop).await?)
}

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Bool)]
    all: bool,
}

/// Makes the roles that a dump grants its tables to, where that is allowed; tells whether they are there. They belong to the
/// server and not to the database, so that no dump holds them.
///
/// # Errors
/// When the server is away.
pub async fn prepare_roles(config: &DatabaseConfig, url: &str) -> DbResult<bool> {
    let mut connection = open(config, url).await?;
    connection
        .batch_execute(
            "DO $$ BEGIN CREATE ROLE suite_app NOLOGIN NOBYPASSRLS;
               EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL; END $$;
             DO $$ BEGIN CREATE ROLE suite_backup NOLOGIN BYPASSRLS;
               EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL; END $$;
             DO $$ BEGIN
                 IF NOT pg_has_role(current_user, 'suite_app', 'MEMBER') THEN
                     EXECUTE format('GRANT suite_app TO %I', current_user);
                 END IF;
               EXCEPTION WHEN undefined_object OR insufficient_privilege OR unique_violation THEN NULL; END $$",
        )
        .await?;
    let known: Known = sql_query(
        "SELECT count(*) = 2 AS all FROM pg_roles WHERE rolname IN ('suite_app', 'suite_backup')",
    )
    .get_result(&mut connection)
    .await?;
    Ok(known.all)
}

/// Gives a restored database the statistics that no dump holds.
///
/// # Errors
/// When the server is away.
pub async fn analyze(config: &DatabaseConfig, url: &str) -> DbResult<()> {
    let mut connection = open(config, url).await?;
    Ok(connection.batch_execute("ANALYZE").await?)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_another_database_keeps_all_else() {
        for (url, expected) in [
            (
                "postgres://u:p%40@h:5/suite?sslmode=require",
                "postgres://u:p%40@h:5/suite_drill?sslmode=require",
            ),
            ("postgresql://h/suite", "postgresql://h/suite_drill"),
        ] {
            let (address, name) = address_of_database(url, |name| format!("{name}_drill")).unwrap();
            assert_eq!((address.as_str(), name.as_str()), (expected, "suite_drill"));
        }
        assert!(address_of_database("postgres://h", |name| name.to_owned()).is_err());
    }

    #[test]
    fn no_password_is_in_what_a_program_is_called_with() {
        let environment =
            libpq_environment("postgres://u:p%40ss@db.example:5433/suite?sslmode=verify-full")
                .unwrap();
        let value = |name: &str| {
            environment
                .iter()
                .find(|pair| pair.0 == name)
                .unwrap()
                .1
                .clone()
        };
        assert_eq!(value("PGHOST"), "db.example");
        assert_eq!(value("PGPORT"), "5433");
        assert_eq!(value("PGPASSWORD"), "p@ss");
        assert_eq!(value("PGSSLMODE"), "verify-full");
    }
}
