//! Hashes passwords off the async threads, and not more of them at once than there are processors: each takes 19 MiB.

use std::{sync::Arc, thread::available_parallelism, time::Duration};

use secrecy::SecretString;
use suite_core::{Error, Result, credentials};
use tokio::sync::Semaphore;

/// Longer than a queue of honest log-ins ever is; a flood is refused instead of served late.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// The gate to password hashing.
#[derive(Clone)]
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        let processors = available_parallelism().map_or(2, usize::from);
        Self {
            permits: Arc::new(Semaphore::new(processors)),
        }
    }

    /// Hashes a new password.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<String> {
        self.run(move || credentials::hash_password(&password))
            .await?
    }

    /// Checks a password; takes as long without a stored hash as with one.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<bool> {
        self.run(move || credentials::verify_password(&password, stored.as_deref()))
            .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permit = tokio::time::timeout(LONGEST_WAIT, self.permits.clone().acquire_owned())
            .await
            .map_err(|_| Error::unavailable("too many passwords wait to be hashed"))?
            .map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(permit);
            outcome
        })
        .await
        .map_err(Error::internal)
    }
}
