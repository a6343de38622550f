use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{SmallInt, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{
    id::{AccountId, JobId},
    job::JobRef,
};
use uuid::Uuid;

use super::{Attempt, Finish, Outcome, finish, finish_linked};
use crate::{DbResult, FleetConnection};

#[derive(QueryableByName)]
struct Token {
    #[diesel(sql_type = SmallInt)]
    attempt: i16,
    #[diesel(sql_type = SqlUuid)]
    worker_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    started_at: DateTime<Utc>,
}

/// Takes a running job from its worker: ends the attempt as cancelled, without waiting for the worker to obey.
///
/// The attempt is ended by its own token, as its worker would end it, so that whatever follows an end follows this one too;
/// what the worker still writes is refused. Returns the jobs that follow, to be handed out, or nothing when the job no longer
/// runs. Call it after [`cancel`](super::cancel) has been committed: should this process die in between, the worker is asked
/// all the same.
///
/// # Errors
/// When the server is away.
pub async fn kill(
    connection: &mut FleetConnection,
    account_id: AccountId,
    id: JobId,
) -> DbResult<Option<Vec<JobRef>>> {
    let token: Option<Token> = sql_query(
        "SELECT attempt, worker_id, started_at FROM jobs
          WHERE account_id = $1 AND id = $2 AND state = 'running' AND worker_id IS NOT NULL",
    )
    .bind::<SqlUuid, _>(account_id.as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .get_result(&mut **connection)
    .await
    .optional()?;
    let Some(token) = token else {
        return Ok(None);
    };
    let end = Finish {
        account_id: account_id.as_uuid(),
        attempt: Attempt {
            job_id: id.as_uuid(),
            attempt: token.attempt,
            worker_id: token.worker_id,
            started_at: token.started_at,
        },
        outcome: Outcome::Cancelled,
    };
    let ends = [end];
    if !finish(connection, &ends).await?.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let followed = finish_linked(connection, &ends).await?;
    Ok((!followed.ended.is_empty()).then_some(followed.started))
}
