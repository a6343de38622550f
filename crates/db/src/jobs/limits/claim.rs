use std::collections::BTreeSet;

use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{
    id::WorkerId,
    job_limits::{ConcurrencyLimits, LimitKey, LimitedJob},
};
use uuid::Uuid;

use super::{
    count::{count, lock, reserved_ms},
    decide::{Candidate, Decision, decide},
};
use crate::{
    DbResult, FleetConnection,
    jobs::{ClaimedJob, claim},
    statement::statement,
};

/// What became of popped ids of which some may be limited.
#[derive(Debug, Default)]
pub struct Claims {
    /// The jobs that run now.
    pub claimed: Vec<ClaimedJob>,
    /// The jobs that wait for a slot now; their ids are of no more use.
    pub parked: Vec<Uuid>,
    /// Limits of which a slot had been kept for a job that waits for another one now: it is free again.
    pub freed: Vec<String>,
}

statement! {
    struct Terms {
        account_ids: Array<SqlUuid> => Vec<Uuid>,
        ids: Array<SqlUuid> => Vec<Uuid>,
    }
    "SELECT j.account_id, j.queue, j.service FROM jobs j
       JOIN unnest($1, $2) AS n (account_id, id) ON j.account_id = n.account_id AND j.id = n.id"
}

#[derive(QueryableByName)]
struct TermsRow {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    #[diesel(sql_type = Text)]
    queue: String,
    #[diesel(sql_type = Nullable<Text>)]
    service: Option<String>,
}

impl TermsRow {
    fn keys(&self, limits: &ConcurrencyLimits) -> Vec<LimitKey> {
        // A queue of a newer version has no limits here.
        let Ok(queue) = self.queue.parse() else {
            return Vec::new();
        };
        limits.of(LimitedJob {
            queue,
            account_id: self.account_id.into(),
            service: self.service.as_deref(),
        })
    }
}

statement! {
    // In the order of the pops. Rows that somebody else holds are left out: nobody may wait here with limits held.
    struct LookAndHold {
        account_ids: Array<SqlUuid> => Vec<Uuid>,
        ids: Array<SqlUuid> => Vec<Uuid>,
        known_kinds: Array<Text> => Vec<&'static str>,
        reserved_ms: BigInt => i64,
    }
    "SELECT j.account_id, j.id, j.queue, j.service,
            CASE WHEN j.dispatched_at > now() - $4 * interval '1 millisecond' THEN j.parked_on END AS reserved
       FROM unnest($1, $2) WITH ORDINALITY AS n (account_id, id, place)
       JOIN jobs j ON j.account_id = n.account_id AND j.id = n.id
      WHERE j.state IN ('queued', 'retrying') AND j.run_at <= clock_timestamp() AND j.kind = ANY ($3)
      ORDER BY n.place FOR UPDATE OF j SKIP LOCKED"
}

#[derive(QueryableByName)]
struct WaitingRow {
    #[diesel(embed)]
    terms: TermsRow,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    reserved: Option<String>,
}

statement! {
    struct Park {
        account_ids: Array<SqlUuid> => Vec<Uuid>,
        ids: Array<SqlUuid> => Vec<Uuid>,
        names: Array<Text> => Vec<String>,
    }
    "UPDATE jobs j SET parked_on = n.name, dispatched_at = NULL
       FROM unnest($1, $2, $3) AS n (account_id, id, name)
      WHERE j.account_id = n.account_id AND j.id = n.id"
}

/// Takes those of the popped jobs that still wait and for which there is room, and parks the others.
///
/// # Errors
/// When the server is away. The connection may be left in the middle of a transaction and must be closed; the caller keeps
/// the ids and asks again.
pub async fn claim_limited(
    connection: &mut FleetConnection,
    worker_id: WorkerId,
    popped: &[(Uuid, Uuid)],
    known_kinds: &[&'static str],
    limits: &ConcurrencyLimits,
) -> DbResult<Claims> {
    let (account_ids, ids): (Vec<Uuid>, Vec<Uuid>) = popped.iter().copied().unzip();
    connection.begin().await?;
    let terms = Terms {
        account_ids: account_ids.clone(),
        ids: ids.clone(),
    };
    let rows: Vec<TermsRow> = terms.load(&mut **connection).await?;
    let keys = rows.iter().flat_map(|row| row.keys(limits));
    let names: BTreeSet<String> = keys.map(|key| key.name).collect();
    let names: Vec<String> = names.into_iter().collect();
    lock(connection, &names).await?;
    let look = LookAndHold {
        account_ids,
        ids,
        known_kinds: known_kinds.to_vec(),
        reserved_ms: reserved_ms(),
    };
    let waiting: Vec<WaitingRow> = look.load(&mut **connection).await?;
    let taken = count(connection, &names).await?.all();
    let candidates: Vec<Candidate> = waiting
        .iter()
        .map(|row| Candidate {
            keys: row.terms.keys(limits),
            reserved: row.reserved.clone(),
        })
        .collect();
    let decisions = decide(&candidates, &taken);
    let claims = carry_out(connection, worker_id, &waiting, decisions, known_kinds).await?;
    connection.commit().await?;
    Ok(claims)
}

async fn carry_out(
    connection: &mut FleetConnection,
    worker_id: WorkerId,
    waiting: &[WaitingRow],
    decisions: Vec<Decision>,
    known_kinds: &[&'static str],
) -> DbResult<Claims> {
    let mut claims = Claims::default();
    let mut run = Vec::new();
    let mut park = Park {
        account_ids: Vec::new(),
        ids: Vec::new(),
        names: Vec::new(),
    };
    for (row, decision) in waiting.iter().zip(decisions) {
        match decision {
            Decision::Runs => run.push((row.terms.account_id, row.id)),
            Decision::Parks(name) => {
                claims
                    .freed
                    .extend(row.reserved.clone().filter(|kept| *kept != name));
                park.account_ids.push(row.terms.account_id);
                park.ids.push(row.id);
                park.names.push(name);
            }
        }
    }
    if !run.is_empty() {
        claims.claimed = claim(connection, worker_id, &run, known_kinds).await?;
    }
    if !park.ids.is_empty() {
        claims.parked.clone_from(&park.ids);
        park.execute(&mut **connection).await?;
    }
    Ok(claims)
}
