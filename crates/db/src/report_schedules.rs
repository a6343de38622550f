//! Reports that come by themselves, and who reads them. When they come is a row of [`crate::schedules`].

mod readers;

pub use readers::{Reader, open_readers, readers, set_readers, stop_reader};

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use suite_core::{
    Error,
    id::{ReportScheduleId, StoreId},
    report_schedule::{Rhythm, Timetable},
};
use uuid::Uuid;

use crate::{
    AccountTx, DbResult,
    schema::{report_schedules, stores},
};

/// A schedule, with what its store says of time.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = report_schedules)]
pub struct ReportSchedule {
    /// Its id.
    #[diesel(deserialize_as = Uuid)]
    pub id: ReportScheduleId,
    /// The store it is about.
    #[diesel(deserialize_as = Uuid)]
    pub store_id: StoreId,
    /// The word for the kind of report.
    pub kind: String,
    /// `group_by` and `compare`.
    pub params: Value,
    rhythm: String,
    minute_of_day: i16,
    weekday: Option<i16>,
    day_of_month: Option<i16>,
    /// Since when it is held.
    pub paused_at: Option<DateTime<Utc>>,
    /// The day that it was last made for.
    pub last_day: Option<NaiveDate>,
    /// Raised by each update.
    pub revision: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Where the store's days begin.
    #[diesel(select_expression = stores::timezone)]
    pub timezone: String,
}

impl ReportSchedule {
    /// Returns when it fires.
    ///
    /// # Errors
    /// When a newer version wrote it.
    pub fn timetable(&self) -> suite_core::Result<Timetable> {
        let unreadable = || Error::internal("the timetable of a report schedule cannot be read");
        let rhythm = match (self.rhythm.as_str(), self.weekday, self.day_of_month) {
            ("daily", ..) => Some(Rhythm::Daily),
            ("weekly", Some(day), _) => u8::try_from(day - 1)
                .ok()
                .and_then(|day| Weekday::try_from(day).ok())
                .map(Rhythm::Weekly),
            ("monthly", _, Some(day)) => u32::try_from(day).ok().map(Rhythm::Monthly),
            _ => None,
        };
        Ok(Timetable {
            rhythm: rhythm.ok_or_else(unreadable)?,
            minute_of_day: u16::try_from(self.minute_of_day).map_err(|_| unreadable())?,
        })
    }

    /// Returns the words of its series.
    #[must_use]
    pub fn group_by(&self) -> Vec<String> {
        let names = self.params["group_by"].as_array();
        let names = names.map(Vec::as_slice).unwrap_or_default();
        names
            .iter()
            .filter_map(|name| name.as_str().map(ToOwned::to_owned))
            .collect()
    }

    /// Returns the word for the range that its reports are compared with.
    #[must_use]
    pub fn compare(&self) -> Option<&str> {
        self.params["compare"].as_str()
    }
}

/// What a schedule says, as it is written.
#[derive(Debug, Clone)]
pub struct ScheduleTerms {
    /// The word for the kind of report.
    pub kind: String,
    /// `group_by` and `compare`.
    pub params: Value,
    /// When it fires.
    pub timetable: Timetable,
    /// Since when it is held.
    pub paused_at: Option<DateTime<Utc>>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn live() -> _ {
    let store = stores::account_id
        .eq(report_schedules::account_id)
        .and(stores::id.eq(report_schedules::store_id))
        .and(stores::deleted_at.is_null());
    report_schedules::table.inner_join(stores::table.on(store))
}

/// Lists schedules, oldest first, those after `after` only.
///
/// # Errors
/// When the query fails.
pub async fn list(
    tx: &mut AccountTx,
    store_id: Option<StoreId>,
    after: Option<ReportScheduleId>,
    limit: i64,
) -> DbResult<Vec<ReportSchedule>> {
    let mut query = live()
        .filter(report_schedules::account_id.eq(tx.account_id().as_uuid()))
        .select(ReportSchedule::as_select())
        .order(report_schedules::id)
        .limit(limit)
        .into_boxed();
    if let Some(store_id) = store_id {
        query = query.filter(report_schedules::store_id.eq(store_id.as_uuid()));
    }
    if let Some(after) = after {
        query = query.filter(report_schedules::id.gt(after.as_uuid()));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Returns one schedule.
///
/// # Errors
/// When the query fails.
pub async fn get(tx: &mut AccountTx, id: ReportScheduleId) -> DbResult<Option<ReportSchedule>> {
    Ok(live()
        .filter(report_schedules::account_id.eq(tx.account_id().as_uuid()))
        .filter(report_schedules::id.eq(id.as_uuid()))
        .select(ReportSchedule::as_select())
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Returns one schedule and keeps others from changing it until the transaction ends.
///
/// # Errors
/// When the query fails.
pub async fn lock(tx: &mut AccountTx, id: ReportScheduleId) -> DbResult<Option<ReportSchedule>> {
    let account_id = tx.account_id().as_uuid();
    let held: Option<Uuid> = report_schedules::table
        .find((account_id, id.as_uuid()))
        .select(report_schedules::id)
        .for_update()
        .first(&mut **tx)
        .await
        .optional()?;
    match held {
        Some(_) => get(tx, id).await,
        None => Ok(None),
    }
}

/// Counts the schedules of the account.
///
/// # Errors
/// When the query fails.
pub async fn count(tx: &mut AccountTx) -> DbResult<i64> {
    let account_id = tx.account_id().as_uuid();
    Ok(report_schedules::table
        .filter(report_schedules::account_id.eq(account_id))
        .count()
        .get_result(&mut **tx)
        .await?)
}

/// Writes a new schedule, or the new terms of one.
///
/// # Errors
/// When the query fails.
pub async fn put(
    tx: &mut AccountTx,
    (id, store_id): (ReportScheduleId, StoreId),
    terms: &ScheduleTerms,
    now: DateTime<Utc>,
) -> DbResult<()> {
    let rhythm = terms.timetable.rhythm;
    let row = TermsRow {
        kind: &terms.kind,
        params: &terms.params,
        rhythm: rhythm.name(),
        minute_of_day: i16::try_from(terms.timetable.minute_of_day).map_err(Error::internal)?,
        weekday: match rhythm {
            Rhythm::Weekly(day) => i16::try_from(day.number_from_monday()).ok(),
            _ => None,
        },
        day_of_month: rhythm
            .day_of_month()
            .and_then(|day| i16::try_from(day).ok()),
        paused_at: terms.paused_at,
        updated_at: now,
    };
    diesel::insert_into(report_schedules::table)
        .values((
            report_schedules::account_id.eq(tx.account_id().as_uuid()),
            report_schedules::id.eq(id.as_uuid()),
            report_schedules::store_id.eq(store_id.as_uuid()),
            report_schedules::created_at.eq(now),
            row,
        ))
        .on_conflict((report_schedules::account_id, report_schedules::id))
        .do_update()
        .set((
            row,
            report_schedules::revision.eq(report_schedules::revision + 1),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[derive(Clone, Copy, Insertable, AsChangeset)]
#[diesel(table_name = report_schedules, treat_none_as_null = true)]
struct TermsRow<'a> {
    kind: &'a str,
    params: &'a Value,
    rhythm: &'a str,
    minute_of_day: i16,
    weekday: Option<i16>,
    day_of_month: Option<i16>,
    paused_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
}

/// Removes a schedule with its readers; tells whether there was one.
///
/// # Errors
/// When the query fails.
pub async fn delete(tx: &mut AccountTx, id: ReportScheduleId) -> DbResult<bool> {
    let key = (tx.account_id().as_uuid(), id.as_uuid());
    let gone = diesel::delete(report_schedules::table.find(key))
        .execute(&mut **tx)
        .await?;
    Ok(gone == 1)
}

/// Notes that the report of a day is being made; false when it, or a later one, has been.
///
/// # Errors
/// When the query fails.
pub async fn begin(tx: &mut AccountTx, id: ReportScheduleId, day: NaiveDate) -> DbResult<bool> {
    let key = (tx.account_id().as_uuid(), id.as_uuid());
    let is_new = report_schedules::last_day
        .is_null()
        .or(report_schedules::last_day.lt(day));
    let moved = diesel::update(report_schedules::table.find(key))
        .filter(is_new)
        .set(report_schedules::last_day.eq(day))
        .execute(&mut **tx)
        .await?;
    Ok(moved == 1)
}
