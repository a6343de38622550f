use anyhow::{Context, Result};
use tokio_postgres::{Client, NoTls};

/// Creates an empty database on the server of `server_url` and returns its URL.
pub(crate) async fn create(server_url: &str, name: &str) -> Result<String> {
    let server = connect(server_url).await?;
    server
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await
        .context("the benchmark needs the right to create databases")?;
    with_database(server_url, name)
}

pub(crate) async fn delete(server_url: &str, name: &str) -> Result<()> {
    let server = connect(server_url).await?;
    // Pooled connections end a moment after their pool.
    server
        .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await?;
    Ok(())
}

/// Connects without encryption: the benchmark is for a server on this machine.
pub(crate) async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("PostgreSQL does not answer")?;
    // Ends with the client.
    tokio::spawn(connection);
    Ok(client)
}

fn with_database(url: &str, name: &str) -> Result<String> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = base
        .split_once("://")
        .context("DATABASE_URL has no scheme")?;
    let host = rest.split('/').next().unwrap_or(rest);
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    Ok(format!("{scheme}://{host}/{name}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_an_url_is_replaced() {
        for (url, expected) in [
            (
                "postgres://u:p@h:5/old?sslmode=disable",
                "postgres://u:p@h:5/new?sslmode=disable",
            ),
            (
                "postgresql://u@%2Frun%2Fpg/old",
                "postgresql://u@%2Frun%2Fpg/new",
            ),
            ("postgres://h", "postgres://h/new"),
        ] {
            assert_eq!(with_database(url, "new").unwrap(), expected);
        }
    }
}
