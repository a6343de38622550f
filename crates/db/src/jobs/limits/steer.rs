use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Integer, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use suite_core::job_limits::{ConcurrencyLimits, LimitedJob};
use uuid::Uuid;

use crate::{DbResult, FleetConnection, FleetTx, statement::statement};

statement! {
    struct Steered {}
    "SELECT key, most FROM limits WHERE most IS NOT NULL"
}

#[derive(QueryableByName)]
struct SteeredRow {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Integer)]
    most: i32,
}

/// Returns what the operator has steered, by key.
///
/// # Errors
/// When the server is away.
pub async fn steered(connection: &mut FleetConnection) -> DbResult<BTreeMap<String, u32>> {
    let rows: Vec<SteeredRow> = Steered {}.load(&mut **connection).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.key, row.most.unsigned_abs()))
        .collect())
}

/// Sets how many jobs may run under a key, in place of the configured number; with `None` that is in force again.
///
/// Keys are those of [`suite_core::job_limits`], without their last part for a whole family: `account:inventory`.
///
/// # Errors
/// When the server is away.
pub async fn set(tx: &mut FleetTx, key: &str, most: Option<u32>) -> DbResult<()> {
    sql_query(
        "INSERT INTO limits (key, most) VALUES ($1, $2)
             ON CONFLICT (key) DO UPDATE SET most = excluded.most",
    )
    .bind::<Text, _>(key)
    .bind::<Nullable<Integer>, _>(most.map(|most| i32::try_from(most).unwrap_or(i32::MAX)))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How far a limit is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitUsage {
    /// Its key.
    pub key: String,
    /// How many may run at a time; `None` when it was lifted while jobs wait for it.
    pub most: Option<u32>,
    /// How many run.
    pub running: u32,
    /// How many wait for a slot.
    pub parked: u32,
}

#[derive(QueryableByName)]
struct UsageRow {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    account_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    queue: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    service: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    parked_on: Option<String>,
    #[diesel(sql_type = BigInt)]
    jobs: i64,
}

/// Returns how far the limits are used under which jobs run or wait.
///
/// # Errors
/// When the server is away.
pub async fn usage(tx: &mut FleetTx, limits: &ConcurrencyLimits) -> DbResult<Vec<LimitUsage>> {
    let rows: Vec<UsageRow> = sql_query(
        "SELECT account_id, queue, service, NULL AS parked_on, count(*) AS jobs FROM jobs
          WHERE state = 'running' GROUP BY account_id, queue, service
          UNION ALL
         SELECT NULL, NULL, NULL, parked_on, count(*) FROM jobs
          WHERE parked_on IS NOT NULL AND state IN ('queued', 'retrying') GROUP BY parked_on",
    )
    .load(&mut **tx)
    .await?;
    let (mut running, mut parked) = (BTreeMap::new(), BTreeMap::new());
    for row in &rows {
        let jobs = u32::try_from(row.jobs).unwrap_or(u32::MAX);
        if let Some(name) = &row.parked_on {
            parked.insert(name.clone(), jobs);
        } else if let (Some(account_id), Some(Ok(queue))) =
            (row.account_id, row.queue.as_deref().map(str::parse))
        {
            let job = LimitedJob {
                queue,
                account_id: account_id.into(),
                service: row.service.as_deref(),
            };
            for name in job.names() {
                *running.entry(name).or_insert(0) += jobs;
            }
        }
    }
    let limited = running.keys().filter(|name| limits.most(name).is_some());
    let keys: BTreeSet<String> = limited.chain(parked.keys()).cloned().collect();
    let usage = |key: String| LimitUsage {
        most: limits.most(&key),
        running: running.get(&key).copied().unwrap_or(0),
        parked: parked.get(&key).copied().unwrap_or(0),
        key,
    };
    Ok(keys.into_iter().map(usage).collect())
}
