//! Reports that were asked for, and what came of them. Those of a deleted store are not found any more.

mod pieces;

pub use pieces::{clear_pieces, find_piece, insert_pieces};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::{
    dsl::{exists, now},
    pg::Pg,
    prelude::*,
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use suite_core::{
    Error,
    id::{JobId, ReportId, StoreId},
    money::Currency,
    report::{ReportKind, ReportParams},
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{reports, stores},
};

/// A report without its result, which may be large.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = reports, check_for_backend(Pg))]
pub struct ReportSummary {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: ReportId,
    /// The store it is about.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// The word for its kind.
    pub kind: String,
    /// What it covers, as stored: [`ReportParams`] in JSON.
    pub params: Value,
    /// The job that computes it.
    #[diesel(deserialize_as = Uuid)]
    pub job_id: JobId,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When its result was there.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A report with its result, once there is one.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = reports, check_for_backend(Pg))]
pub struct Report {
    /// All but the result.
    #[diesel(embed)]
    pub summary: ReportSummary,
    /// The result in JSON: [`suite_core::report::ReportOutcome`] with the figures of its kind.
    pub result: Option<Value>,
}

/// A report that is about to be asked for.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Its id, which the job carries.
    pub id: ReportId,
    /// The store it is about.
    pub store_id: StoreId,
    /// Its kind.
    pub kind: ReportKind,
    /// What it covers.
    pub params: ReportParams,
    /// The job that will compute it.
    pub job_id: JobId,
}

/// What a report is about, with what its store says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSubject {
    /// The store it is about.
    pub store_id: StoreId,
    /// Its kind.
    pub kind: ReportKind,
    /// What it covers.
    pub params: ReportParams,
    /// The store's currency.
    pub currency: Currency,
    /// Where the store's days begin.
    pub timezone: Tz,
}

/// Writes a report that is still to be computed.
///
/// # Errors
/// When the store does not exist (a foreign key) or the database refuses.
pub async fn insert(tx: &mut AccountTx, new: &NewReport) -> DbResult<ReportSummary> {
    let params = serde_json::to_value(&new.params).map_err(Error::internal)?;
    let account_id = tx.account_id().as_uuid();
    Ok(diesel::insert_into(reports::table)
        .values((
            reports::account_id.eq(account_id),
            reports::id.eq(new.id.as_uuid()),
            reports::store_id.eq(new.store_id.as_uuid()),
            reports::kind.eq(new.kind.name()),
            reports::params.eq(params),
            reports::job_id.eq(new.job_id.as_uuid()),
        ))
        .returning(ReportSummary::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// Finds one report with its result.
///
/// # Errors
/// When the database is away.
pub async fn find(tx: &mut AccountTx, id: ReportId) -> DbResult<Option<Report>> {
    let account_id = tx.account_id().as_uuid();
    Ok(reports::table
        .filter(reports::account_id.eq(account_id))
        .filter(reports::id.eq(id.as_uuid()))
        .filter(store_lives())
        .select(Report::as_select())
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Finds one report without its result.
///
/// # Errors
/// When the database is away.
pub async fn find_summary(tx: &mut AccountTx, id: ReportId) -> DbResult<Option<ReportSummary>> {
    let account_id = tx.account_id().as_uuid();
    Ok(reports::table
        .filter(reports::account_id.eq(account_id))
        .filter(reports::id.eq(id.as_uuid()))
        .filter(store_lives())
        .select(ReportSummary::as_select())
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Finds what the job of a report needs to know.
///
/// # Errors
/// When the database is away, or the row holds what no version of this program wrote.
pub async fn find_subject(tx: &mut AccountTx, id: ReportId) -> DbResult<Option<ReportSubject>> {
    let account_id = tx.account_id().as_uuid();
    let row: Option<(Uuid, String, Value, String, String)> = reports::table
        .inner_join(
            stores::table.on(stores::account_id
                .eq(reports::account_id)
                .and(stores::id.eq(reports::store_id))),
        )
        .filter(reports::account_id.eq(account_id))
        .filter(reports::id.eq(id.as_uuid()))
        .filter(stores::deleted_at.is_null())
        .select((
            reports::store_id,
            reports::kind,
            reports::params,
            stores::currency,
            stores::timezone,
        ))
        .first(&mut **tx)
        .await
        .optional()?;
    let Some((store_id, kind, params, currency, timezone)) = row else {
        return Ok(None);
    };
    Ok(Some(ReportSubject {
        store_id: store_id.into(),
        kind: ReportKind::find(&kind)
            .ok_or_else(|| Error::internal(format!("the report's kind is {kind:?}")))?,
        params: serde_json::from_value(params).map_err(Error::internal)?,
        currency: currency.parse().map_err(Error::internal)?,
        timezone: timezone.parse().map_err(Error::internal)?,
    }))
}

/// Lists up to `limit` reports, the newest first, of one store or of all, going on below `before`.
///
/// # Errors
/// When the database is away.
pub async fn list(
    tx: &mut AccountTx,
    store_id: Option<StoreId>,
    before: Option<ReportId>,
    limit: i64,
) -> DbResult<Vec<ReportSummary>> {
    let account_id = tx.account_id().as_uuid();
    let mut query = reports::table
        .filter(reports::account_id.eq(account_id))
        .filter(store_lives())
        .select(ReportSummary::as_select())
        // Ids are UUIDv7: their order is the order of asking.
        .order(reports::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = store_id {
        query = query.filter(reports::store_id.eq(store_id.as_uuid()));
    }
    if let Some(before) = before {
        query = query.filter(reports::id.lt(before.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Keeps the result of a report; a second one replaces the first.
///
/// # Errors
/// [`Error::NotFound`] when the report is gone, or when the database refuses.
pub async fn save_result(tx: &mut AccountTx, id: ReportId, result: &Value) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    let saved = diesel::update(reports::table)
        .filter(reports::account_id.eq(account_id))
        .filter(reports::id.eq(id.as_uuid()))
        .set((reports::result.eq(result), reports::finished_at.eq(now)))
        .execute(&mut **tx)
        .await?;
    if saved == 0 {
        return Err(Error::NotFound { what: "report" }.into());
    }
    Ok(())
}

#[diesel::dsl::auto_type(no_type_alias)]
fn store_lives() -> _ {
    let live = stores::table
        .filter(stores::account_id.eq(reports::account_id))
        .filter(stores::id.eq(reports::store_id))
        .filter(stores::deleted_at.is_null());
    exists(live)
}
