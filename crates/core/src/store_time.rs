//! Days and months as a store lives them: they begin at midnight in its time zone.

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

/// Returns the store's calendar day on which `at` falls.
#[must_use]
pub fn store_day(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// Returns the first day of the month of `day`.
#[must_use]
pub fn month_of(day: NaiveDate) -> NaiveDate {
    // Day 1 exists in every month.
    day.with_day(1).unwrap_or(day)
}

/// Returns the moment that a wall clock in `zone` shows as `local`.
///
/// An hour that the clock shows twice in autumn means its first pass; an hour that it skips in spring means the same
/// distance after the jump. Nothing is refused: the till wrote what it saw.
#[must_use]
pub fn from_wall_clock(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => at.with_timezone(&Utc),
        LocalResult::Ambiguous(first, _) => first.with_timezone(&Utc),
        LocalResult::None => {
            // The offset of the day before still holds on the far side of the gap.
            let before = zone.offset_from_utc_datetime(&(local - TimeDelta::days(1)));
            (local - chrono::Offset::fix(&before)).and_utc()
        }
    }
}

/// Returns the moments at which the first of two days begins in a store and the last one is over.
#[must_use]
pub fn day_bounds(
    (first, last): (NaiveDate, NaiveDate),
    zone: Tz,
) -> (DateTime<Utc>, DateTime<Utc>) {
    let begin = |day: NaiveDate| from_wall_clock(day.and_time(NaiveTime::MIN), zone);
    (begin(first), begin(last.succ_opt().unwrap_or(last)))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use chrono_tz::Europe::London;

    use super::*;

    #[test]
    fn the_hour_that_happens_twice_is_taken_as_its_first_pass() {
        let local = NaiveDate::from_ymd_opt(2011, 10, 30)
            .unwrap()
            .and_hms_opt(1, 30, 0)
            .unwrap();
        assert_eq!(
            from_wall_clock(local, London),
            Utc.with_ymd_and_hms(2011, 10, 30, 0, 30, 0).unwrap()
        );
    }

    #[test]
    fn the_hour_that_never_happens_is_moved_behind_the_jump() {
        let local = NaiveDate::from_ymd_opt(2011, 3, 27)
            .unwrap()
            .and_hms_opt(1, 30, 0)
            .unwrap();
        assert_eq!(
            from_wall_clock(local, London),
            Utc.with_ymd_and_hms(2011, 3, 27, 1, 30, 0).unwrap()
        );
    }

    #[test]
    fn a_summer_evening_in_utc_is_the_next_day_in_london() {
        let at = Utc.with_ymd_and_hms(2011, 7, 1, 23, 30, 0).unwrap();
        assert_eq!(
            store_day(at, London),
            NaiveDate::from_ymd_opt(2011, 7, 2).unwrap()
        );
        assert_eq!(
            month_of(store_day(at, London)),
            NaiveDate::from_ymd_opt(2011, 7, 1).unwrap()
        );
    }

    #[test]
    fn a_day_of_the_store_may_have_twenty_five_hours() {
        let day = NaiveDate::from_ymd_opt(2011, 10, 30).unwrap();
        let (begin, end) = day_bounds((day, day), London);
        assert_eq!((end - begin).num_hours(), 25);
    }
}
