/// Where the servers are that tests may use.
#[derive(Clone, Debug)]
pub struct Servers {
    /// A database of the server, from which tests make theirs; the role may create databases.
    pub database_url: String,
    /// Redis.
    pub redis_url: String,
}

impl Servers {
    /// Reads what `bin/test` has exported.
    ///
    /// # Panics
    /// When it has not: there is nothing to test with.
    #[must_use]
    pub fn from_environment() -> Self {
        Self {
            database_url: variable("DATABASE_URL"),
            redis_url: variable("REDIS_URL"),
        }
    }

    /// Returns the port of `DATABASE_URL`: no other run on this machine has it while this one lasts.
    ///
    /// # Panics
    /// When there is none.
    pub(crate) fn port_in_environment() -> u16 {
        let url: reqwest::Url = variable("DATABASE_URL")
            .parse()
            .expect("DATABASE_URL must be a URL");
        url.port().unwrap_or(5432)
    }

    /// Returns the address of another database of the same server.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        let mut url: reqwest::Url = self
            .database_url
            .parse()
            .expect("DATABASE_URL must be a URL");
        url.set_path(name);
        url.to_string()
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the harness is told its servers and reads no other setting"
)]
fn variable(name: &str) -> String {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => value,
        _ => panic!(
            "{name} is not set: run the tests with bin/test, or after eval \"$(bin/services start)\""
        ),
    }
}
