//! Analyses that were asked for, and what came of them. Those of a deleted store are not found any more.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::{pg::Pg, prelude::*, sql_types::Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use suite_core::{
    Error,
    id::{AnalysisId, JobId, StoreId},
    inventory::{AnalysisParams, Summary},
    money::Currency,
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{inventory_analyses as analyses, stores},
};

/// How many analyses of a store are kept; older ones go when a new one is done.
pub const ANALYSES_KEPT: i64 = 20;

/// An analysis without its items.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = analyses, check_for_backend(Pg))]
pub struct Analysis {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: AnalysisId,
    /// The store it is about.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// What it goes by, as stored: [`AnalysisParams`] in JSON.
    pub params: Value,
    /// The job that computes it.
    #[diesel(deserialize_as = Uuid)]
    pub job_id: JobId,
    /// What it comes to: [`Summary`] in JSON, once it is computed.
    pub summary: Option<Value>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was computed.
    pub finished_at: Option<DateTime<Utc>>,
}

/// What an analysis is about, with what its store says.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisSubject {
    /// The store it is about.
    pub store_id: StoreId,
    /// What it goes by.
    pub params: AnalysisParams,
    /// The store's currency.
    pub currency: Currency,
    /// Where the store's days begin.
    pub timezone: Tz,
}

/// Writes an analysis that is still to be computed.
///
/// # Errors
/// When the store does not exist (a foreign key) or the database refuses.
pub async fn insert(
    tx: &mut AccountTx,
    id: AnalysisId,
    store_id: StoreId,
    params: &AnalysisParams,
    job_id: JobId,
) -> DbResult<()> {
    let params = serde_json::to_value(params).map_err(Error::internal)?;
    diesel::insert_into(analyses::table)
        .values((
            analyses::account_id.eq(tx.account_id().as_uuid()),
            analyses::id.eq(id.as_uuid()),
            analyses::store_id.eq(store_id.as_uuid()),
            analyses::params.eq(params),
            analyses::job_id.eq(job_id.as_uuid()),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Finds one analysis.
///
/// # Errors
/// When the database is away.
pub async fn find(tx: &mut AccountTx, id: AnalysisId) -> DbResult<Option<Analysis>> {
    let store = stores::account_id
        .eq(analyses::account_id)
        .and(stores::id.eq(analyses::store_id))
        .and(stores::deleted_at.is_null());
    Ok(analyses::table
        .inner_join(stores::table.on(store))
        .filter(analyses::account_id.eq(tx.account_id().as_uuid()))
        .filter(analyses::id.eq(id.as_uuid()))
        .select(Analysis::as_select())
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Lists analyses, the last asked for first, those before `before` only.
///
/// # Errors
/// When the database is away.
pub async fn list(
    tx: &mut AccountTx,
    store_id: Option<StoreId>,
    before: Option<AnalysisId>,
    limit: i64,
) -> DbResult<Vec<Analysis>> {
    let store = stores::account_id
        .eq(analyses::account_id)
        .and(stores::id.eq(analyses::store_id))
        .and(stores::deleted_at.is_null());
    let mut query = analyses::table
        .inner_join(stores::table.on(store))
        .filter(analyses::account_id.eq(tx.account_id().as_uuid()))
        .select(Analysis::as_select())
        .order(analyses::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = store_id {
        query = query.filter(analyses::store_id.eq(store_id.as_uuid()));
    }
    if let Some(before) = before {
        query = query.filter(analyses::id.lt(before.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Finds what the job of an analysis needs to know.
///
/// # Errors
/// When the database is away, or the row holds what no version of this program wrote.
pub async fn find_subject(tx: &mut AccountTx, id: AnalysisId) -> DbResult<Option<AnalysisSubject>> {
    let store = stores::account_id
        .eq(analyses::account_id)
        .and(stores::id.eq(analyses::store_id))
        .and(stores::deleted_at.is_null());
    let row: Option<(Uuid, Value, String, String)> = analyses::table
        .inner_join(stores::table.on(store))
        .filter(analyses::account_id.eq(tx.account_id().as_uuid()))
        .filter(analyses::id.eq(id.as_uuid()))
        .select((
            analyses::store_id,
            analyses::params,
            stores::currency,
            stores::timezone,
        ))
        .first(&mut **tx)
        .await
        .optional()?;
    let Some((store_id, params, currency, timezone)) = row else {
        return Ok(None);
    };
    Ok(Some(AnalysisSubject {
        store_id: store_id.into(),
        params: serde_json::from_value(params).map_err(Error::internal)?,
        currency: currency.parse().map_err(Error::internal)?,
        timezone: timezone
            .parse()
            .map_err(|error: chrono_tz::ParseError| Error::internal(error.to_string()))?,
    }))
}

/// Keeps what an analysis comes to; a second time replaces the first.
///
/// # Errors
/// [`Error::NotFound`] when the analysis is gone, or when the database refuses.
pub async fn finish(
    tx: &mut AccountTx,
    id: AnalysisId,
    summary: &Summary,
    now: DateTime<Utc>,
) -> DbResult<()> {
    let summary = serde_json::to_value(summary).map_err(Error::internal)?;
    let key = (tx.account_id().as_uuid(), id.as_uuid());
    let saved = diesel::update(analyses::table.find(key))
        .set((analyses::summary.eq(summary), analyses::finished_at.eq(now)))
        .execute(&mut **tx)
        .await?;
    if saved == 0 {
        return Err(Error::NotFound { what: "analysis" }.into());
    }
    Ok(())
}

/// Forgets the analyses of a store but for the last [`ANALYSES_KEPT`], with their items.
///
/// # Errors
/// When the database is away.
pub async fn forget_old(tx: &mut AccountTx, store_id: StoreId) -> DbResult<usize> {
    Ok(diesel::sql_query(
        "DELETE FROM inventory_analyses WHERE account_id = $1 AND store_id = $2 AND finished_at IS NOT NULL \
         AND id < (SELECT min(id::text)::uuid FROM (SELECT id FROM inventory_analyses \
                    WHERE account_id = $1 AND store_id = $2 ORDER BY id DESC LIMIT $3) kept)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .bind::<diesel::sql_types::BigInt, _>(ANALYSES_KEPT)
    .execute(&mut **tx)
    .await?)
}
