use suite_core::job::JobRef;
use suite_db::jobs::keeper;

use crate::{
    ring::End,
    worker::{LayerError, Shared, within},
};

/// Pushes jobs to Redis and tells whether it took them; what it did not take stays due in the database.
pub(crate) async fn hand_out(
    shared: &Shared,
    jobs: &[JobRef],
    end: End,
) -> Result<bool, LayerError> {
    if jobs.is_empty() {
        return Ok(true);
    }
    let mut redis = shared.broker.redis.shared();
    let Err(error) = shared.broker.ring.push(&mut redis, jobs, end).await else {
        return Ok(true);
    };
    tracing::warn!(%error, jobs = jobs.len(), "Redis did not take jobs; they stay due");
    within(async {
        let mut tx = shared.db.fleet().await?;
        keeper::put_back(&mut tx, jobs).await?;
        tx.commit().await
    })
    .await?;
    // Some of them may have been pushed, and lost with Redis.
    shared.sweep_wanted();
    Ok(false)
}
