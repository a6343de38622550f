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

    /// Names this run: no other one on this machine has its name while it lasts, and a later one may.
    #[allow(
        clippy::disallowed_methods,
        reason = "the harness is told its servers and its slot, and reads no other setting"
    )]
    pub(crate) fn run_in_environment() -> String {
        let database = std::env::var("DATABASE_URL").unwrap_or_default();
        let port = database
            .parse()
            .ok()
            .and_then(|url: reqwest::Url| url.port());
        if let Some(port) = port {
            return port.to_string();
        }
        // Set by the scripts for all that they start: the directory of the slot.
        let slot = std::env::var("SUITE_SLOT_MARK").unwrap_or_default();
        slot.rsplit('/').next().unwrap_or_default().to_owned()
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
pub(crate) fn variable(name: &str) -> String {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => value,
        _ => panic!(
            "{name} is not set: run the tests with bin/test, or after eval \"$(bin/services start --s3)\""
        ),
    }
}
