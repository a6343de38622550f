use std::{future::Future, time::Duration};

use tokio::time::Instant;

/// How long a test waits for what must come: far more than it takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(180);

const STEP: Duration = Duration::from_millis(15);

/// Waits until `look` says yes.
///
/// # Panics
/// When it never does within [`PATIENCE`]; the message names `what`.
pub async fn until<F>(what: &str, mut look: impl FnMut() -> F)
where
    F: Future<Output = bool>,
{
    until_some(what, || {
        let seen = look();
        async { seen.await.then_some(()) }
    })
    .await;
}

/// Waits until `look` finds something, and returns it.
///
/// # Panics
/// When it never does within [`PATIENCE`]; the message names `what`.
pub async fn until_some<T, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(STEP).await;
    }
}
