use std::time::Duration;

use suite_queue::Services;
use tokio_util::sync::CancellationToken;

use super::JobError;

/// No job is put off for less: it would come back before anything has changed.
const SHORTEST: Duration = Duration::from_millis(100);

/// An outside service as a running job asks it: at the pace that all workers together may keep.
pub struct ServiceTurns {
    services: Services,
    name: String,
    stop: CancellationToken,
}

impl ServiceTurns {
    pub(super) fn new(services: Services, name: &str, stop: CancellationToken) -> Self {
        Self {
            services,
            name: name.to_owned(),
            stop,
        }
    }

    /// Waits until so many requests may be made. Call it right before them.
    ///
    /// # Errors
    /// [`JobError::PutOff`] when it would take too long: the worker has better to do, and the attempt does not count.
    /// [`JobError::Stopped`] when the job was asked to stop while it waited.
    pub async fn take(&self, requests: u32) -> Result<(), JobError> {
        let mut wait = self.turn(requests).await?;
        while !wait.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.cancelled() => return Err(JobError::Stopped),
            }
            // Its turn has come, but the service may have been closed meanwhile.
            wait = self.turn(0).await?;
        }
        Ok(())
    }

    /// Closes the service for all workers, as it has answered that it takes no more requests for so long (429, Retry-After).
    ///
    /// Returns the error with which the job ends: it is put off until then, and the attempt does not count.
    pub async fn close_for(&self, time: Duration) -> JobError {
        self.services.close(&self.name, time).await;
        self.put_off(time)
    }

    async fn turn(&self, requests: u32) -> Result<Duration, JobError> {
        let turn = self.services.take(&self.name, requests).await;
        turn.map_err(|wait| self.put_off(wait))
    }

    fn put_off(&self, after: Duration) -> JobError {
        JobError::PutOff {
            after: after.max(SHORTEST),
            service: self.name.clone(),
        }
    }
}
