use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use suite_core::id::ReportScheduleId;
use uuid::Uuid;

use crate::{AccountTx, DbResult, schema::report_schedule_readers};

/// Somebody who reads the reports of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Reader {
    /// Of which schedule.
    #[diesel(deserialize_as = Uuid)]
    pub schedule_id: ReportScheduleId,
    /// The normalised address.
    pub address: String,
    /// When they stopped it.
    pub stopped_at: Option<DateTime<Utc>>,
}

/// Returns the readers of some schedules, by address; those too who have stopped it.
///
/// # Errors
/// When the query fails.
pub async fn readers(tx: &mut AccountTx, ids: &[ReportScheduleId]) -> DbResult<Vec<Reader>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    Ok(report_schedule_readers::table
        .filter(report_schedule_readers::account_id.eq(tx.account_id().as_uuid()))
        .filter(report_schedule_readers::schedule_id.eq_any(ids))
        .filter(report_schedule_readers::removed_at.is_null())
        .select((
            report_schedule_readers::schedule_id,
            report_schedule_readers::address,
            report_schedule_readers::stopped_at,
        ))
        .order(report_schedule_readers::address)
        .load(&mut **tx)
        .await?)
}

/// Returns the addresses of those who have not stopped it.
///
/// # Errors
/// When the query fails.
pub async fn open_readers(tx: &mut AccountTx, id: ReportScheduleId) -> DbResult<Vec<String>> {
    let all = readers(tx, &[id]).await?.into_iter();
    Ok(all
        .filter(|reader| reader.stopped_at.is_none())
        .map(|reader| reader.address)
        .collect())
}

/// Makes these the readers of a schedule. Who has stopped it stays stopped, also when taken out and put in again.
///
/// # Errors
/// When the query fails.
pub async fn set_readers(
    tx: &mut AccountTx,
    id: ReportScheduleId,
    addresses: &[String],
    now: DateTime<Utc>,
) -> DbResult<()> {
    let account_id = tx.account_id().as_uuid();
    diesel::update(report_schedule_readers::table)
        .filter(report_schedule_readers::account_id.eq(account_id))
        .filter(report_schedule_readers::schedule_id.eq(id.as_uuid()))
        .set(report_schedule_readers::removed_at.eq(now))
        .execute(&mut **tx)
        .await?;
    let rows: Vec<_> = addresses
        .iter()
        .map(|address| {
            (
                report_schedule_readers::account_id.eq(account_id),
                report_schedule_readers::schedule_id.eq(id.as_uuid()),
                report_schedule_readers::address.eq(address),
            )
        })
        .collect();
    diesel::insert_into(report_schedule_readers::table)
        .values(rows)
        .on_conflict((
            report_schedule_readers::account_id,
            report_schedule_readers::schedule_id,
            report_schedule_readers::address,
        ))
        .do_update()
        .set(report_schedule_readers::removed_at.eq(None::<DateTime<Utc>>))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Notes that a reader wants the reports of a schedule no more; the others get them still.
///
/// # Errors
/// When the query fails.
pub async fn stop_reader(tx: &mut AccountTx, id: ReportScheduleId, address: &str) -> DbResult<()> {
    let key = (tx.account_id().as_uuid(), id.as_uuid(), address);
    diesel::update(report_schedule_readers::table.find(key))
        .filter(report_schedule_readers::stopped_at.is_null())
        .set(report_schedule_readers::stopped_at.eq(diesel::dsl::now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
