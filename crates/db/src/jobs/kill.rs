use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{SmallInt, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::id::{AccountId, JobId};
use uuid::Uuid;

use super::{Finish, Outcome, finish};
use crate::{DbResult, FleetConnection};

#[derive(QueryableByName)]
struct Token {
    #[diesel(sql_type = SmallInt)]
    attempt: i16,
    #[diesel(sql_type = SqlUuid)]
    worker_id: Uuid,
}

/// Takes a running job from its worker: ends the attempt as cancelled, without waiting for the worker to obey.
///
/// The attempt is ended by its own token, as its worker would end it, so that whatever follows an end follows this one too;
/// what the worker still writes is refused. Returns false when the job no longer runs. Call it after
/// [`cancel`](super::cancel) has been committed: should this process die in between, the worker is asked all the same.
///
/// # Errors
/// When the server is away.
pub async fn kill(
    connection: &mut FleetConnection,
    account_id: AccountId,
    id: JobId,
) -> DbResult<bool> {
    let token: Option<Token> = sql_query(
        "SELECT attempt, worker_id FROM jobs
          WHERE account_id = $1 AND id = $2 AND state = 'running' AND worker_id IS NOT NULL",
    )
    .bind::<SqlUuid, _>(account_id.as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .get_result(&mut **connection)
    .await
    .optional()?;
    let Some(token) = token else {
        return Ok(false);
    };
    let end = Finish {
        account_id: account_id.as_uuid(),
        id: id.as_uuid(),
        attempt: token.attempt,
        worker_id: token.worker_id,
        outcome: Outcome::Cancelled,
    };
    Ok(!finish(connection, &[end]).await?.is_empty())
}
