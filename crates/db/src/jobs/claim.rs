use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{
        Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
    },
};
use diesel_async::RunQueryDsl;
use suite_core::{id::WorkerId, job::CRASHES_TO_BURY};
use uuid::Uuid;

use crate::{DbResult, FleetConnection, statement::statement};

/// Declares a statement that claims; `$condition` says which jobs it leaves alone.
macro_rules! claim_statement {
    ($name:ident, $condition:literal) => {
        statement! {
            // A worker whose lease has ended claims nothing; a kind that this worker does not know is left for a newer one. A
            // job with one more crash to its burial is suspected of killing workers: a worker runs one such job at a time, so
            // that none is buried for what another does. The two inner queries run for suspects only.
            struct $name {
                worker_id: SqlUuid => Uuid,
                account_ids: Array<SqlUuid> => Vec<Uuid>,
                ids: Array<SqlUuid> => Vec<Uuid>,
                known_kinds: Array<Text> => Vec<&'static str>,
                alone_from: SmallInt => i16,
            }
            concat!(
                "UPDATE jobs j
                    SET state = 'running', attempt = j.attempt + 1, worker_id = $1, started_at = clock_timestamp(),
                        progress = NULL, parked_on = NULL, revision = j.revision + 1
                   FROM unnest($2, $3) AS popped (account_id, id)
                  WHERE j.account_id = popped.account_id AND j.id = popped.id
                    AND j.state IN ('queued', 'retrying') AND j.run_at <= clock_timestamp() AND j.kind = ANY ($4)",
                $condition,
                "   AND EXISTS (SELECT 1 FROM workers w WHERE w.id = $1 AND w.lease_until > clock_timestamp())
                    AND (j.crashes < $5
                         OR (j.id = (SELECT s.id FROM unnest($2, $3) AS p (account_id, id)
                                       JOIN jobs s ON s.account_id = p.account_id AND s.id = p.id
                                      WHERE s.crashes >= $5 AND s.state IN ('queued', 'retrying') LIMIT 1)
                             AND NOT EXISTS (SELECT 1 FROM jobs r
                                              WHERE r.worker_id = $1 AND r.state = 'running' AND r.crashes >= $5)))
                 RETURNING j.account_id, j.id, j.kind, j.queue, j.args, j.attempt, j.max_attempts, j.timeout_ms,
                           j.traceparent, j.service, j.batch_id, j.created_at, j.started_at,
                           (extract(epoch FROM clock_timestamp() - greatest(j.created_at, j.run_at)) * 1000)::bigint
                               AS waited_ms"
            )
        }

        impl $name {
            fn of(
                worker_id: WorkerId,
                popped: &[(Uuid, Uuid)],
                known_kinds: &[&'static str],
            ) -> Self {
                let (account_ids, ids) = popped.iter().copied().unzip();
                Self {
                    worker_id: worker_id.as_uuid(),
                    account_ids,
                    ids,
                    known_kinds: known_kinds.to_vec(),
                    alone_from: CRASHES_TO_BURY - 1,
                }
            }
        }
    };
}

claim_statement!(Claim, "");
claim_statement!(ClaimWithoutService, " AND j.service IS NULL");

/// A job that this worker owns until it finishes it or loses its lease.
#[derive(Debug, Clone, QueryableByName)]
pub struct ClaimedJob {
    /// Whose job it is.
    #[diesel(sql_type = SqlUuid)]
    pub account_id: Uuid,
    /// Which one.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Its kind's wire name.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Where it waited.
    #[diesel(sql_type = Text)]
    pub queue: String,
    /// Its arguments.
    #[diesel(sql_type = Jsonb)]
    pub args: serde_json::Value,
    /// Which attempt this is, from 1: part of the token that fences every later statement.
    #[diesel(sql_type = SmallInt)]
    pub attempt: i16,
    /// How many attempts there may be.
    #[diesel(sql_type = SmallInt)]
    pub max_attempts: i16,
    /// How long this attempt may take, in milliseconds.
    #[diesel(sql_type = Integer)]
    pub timeout_ms: i32,
    /// The trace of the request that asked for it.
    #[diesel(sql_type = Nullable<Text>)]
    pub traceparent: Option<String>,
    /// The outside service that it speaks to.
    #[diesel(sql_type = Nullable<Text>)]
    pub service: Option<String>,
    /// The batch that it belongs to.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub batch_id: Option<Uuid>,
    /// When it was written.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When this claim took it, to the microsecond: part of the token, as an attempt that is handed back has its number again.
    #[diesel(sql_type = Timestamptz)]
    pub started_at: DateTime<Utc>,
    /// How long it waited for a worker since it was due, in milliseconds.
    #[diesel(sql_type = BigInt)]
    pub waited_ms: i64,
}

/// Takes those of the popped jobs that still wait, in one statement and whatever limits there are.
///
/// # Errors
/// When the server is away; the caller keeps the ids and asks again.
pub async fn claim(
    connection: &mut FleetConnection,
    worker_id: WorkerId,
    popped: &[(Uuid, Uuid)],
    known_kinds: &[&'static str],
) -> DbResult<Vec<ClaimedJob>> {
    let claim = Claim::of(worker_id, popped, known_kinds);
    Ok(claim.load(&mut **connection).await?)
}

/// As [`claim`], and leaves alone the jobs that speak to an outside service: those may be limited.
///
/// # Errors
/// When the server is away; the caller keeps the ids and asks again.
pub async fn claim_without_service(
    connection: &mut FleetConnection,
    worker_id: WorkerId,
    popped: &[(Uuid, Uuid)],
    known_kinds: &[&'static str],
) -> DbResult<Vec<ClaimedJob>> {
    let claim = ClaimWithoutService::of(worker_id, popped, known_kinds);
    Ok(claim.load(&mut **connection).await?)
}
