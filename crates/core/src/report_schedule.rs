//! Reports that come by themselves: when, and which days they cover.
//!
//! A schedule fires at a time of the store's wall clock. The *day* of a report is the store's calendar day of that time; it
//! names the period, so that each has one report, however late it is made and whoever makes it.

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

use crate::{
    Error, Result,
    cron::{CronExpression, due_ticks, next_tick_after},
    error::FieldFault,
    store_time::{month_of, store_day},
};

/// Longer than from one tick of any timetable to the next.
const LOOK_BACK: TimeDelta = TimeDelta::days(33);

/// How often a report comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// Every day, about the day before.
    Daily,
    /// On one day of the week, about the seven days before.
    Weekly(Weekday),
    /// On one day of the month, 1 to 31, about the calendar month before. A month that is shorter has it on its last day.
    Monthly(u32),
}

/// When a report comes, on the store's wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timetable {
    /// How often.
    pub rhythm: Rhythm,
    /// Minutes since midnight.
    pub minute_of_day: u16,
}

/// A timetable as somebody has typed it.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimetableText<'a> {
    /// `daily`, `weekly` or `monthly`.
    pub rhythm: &'a str,
    /// `HH:MM`.
    pub time: &'a str,
    /// `monday` to `sunday`; for `weekly` alone.
    pub weekday: Option<&'a str>,
    /// 1 to 31; for `monthly` alone.
    pub day_of_month: Option<i32>,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

impl Rhythm {
    /// Returns the word in requests, rows and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly(_) => "weekly",
            Self::Monthly(_) => "monthly",
        }
    }

    /// Returns the word for the day of the week of a weekly one.
    #[must_use]
    pub fn weekday_name(self) -> Option<&'static str> {
        let Self::Weekly(day) = self else { return None };
        WEEKDAYS
            .into_iter()
            .find(|(_, known)| *known == day)
            .map(|(name, _)| name)
    }

    /// Returns the day of the month of a monthly one.
    #[must_use]
    pub const fn day_of_month(self) -> Option<u32> {
        match self {
            Self::Monthly(day) => Some(day),
            _ => None,
        }
    }
}

impl Timetable {
    /// Reads a timetable and tells all its faults at once.
    ///
    /// # Errors
    /// [`Error::Invalid`] with a fault for each field that cannot be accepted.
    pub fn parse(text: &TimetableText<'_>) -> Result<Self> {
        let mut faults = Vec::new();
        let mut refuse = |field: &str, message: &str| {
            faults.push(FieldFault {
                field: field.to_owned(),
                message: message.to_owned(),
            });
        };
        let minute_of_day = read_time(text.time);
        if minute_of_day.is_none() {
            refuse("time", "is not a time of the form 07:30");
        }
        let rhythm = match text.rhythm {
            "daily" => Some(Rhythm::Daily),
            "weekly" => text.weekday.and_then(weekday).map(Rhythm::Weekly),
            "monthly" => text
                .day_of_month
                .filter(|day| (1..=31).contains(day))
                .and_then(|day| u32::try_from(day).ok())
                .map(Rhythm::Monthly),
            _ => {
                refuse("rhythm", "is none of daily, weekly and monthly");
                None
            }
        };
        match text.rhythm {
            "weekly" if rhythm.is_none() => {
                refuse("weekday", "must be a day from monday to sunday")
            }
            "monthly" if rhythm.is_none() => refuse("day_of_month", "must be a day from 1 to 31"),
            _ => {}
        }
        if text.rhythm != "weekly" && text.weekday.is_some() {
            refuse("weekday", "belongs to a weekly report only");
        }
        if text.rhythm != "monthly" && text.day_of_month.is_some() {
            refuse("day_of_month", "belongs to a monthly report only");
        }
        match (rhythm, minute_of_day) {
            (Some(rhythm), Some(minute_of_day)) if faults.is_empty() => Ok(Self {
                rhythm,
                minute_of_day,
            }),
            _ => Err(Error::Invalid { faults }),
        }
    }

    /// Returns the time as `HH:MM`.
    #[must_use]
    pub fn time(self) -> String {
        format!(
            "{:02}:{:02}",
            self.minute_of_day / 60,
            self.minute_of_day % 60
        )
    }

    /// Returns it as an expression of cron, for its row of the schedules.
    #[must_use]
    pub fn expression(self) -> String {
        let (hour, minute) = (self.minute_of_day / 60, self.minute_of_day % 60);
        match self.rhythm {
            Rhythm::Daily => format!("{minute} {hour} * * *"),
            Rhythm::Weekly(day) => {
                format!("{minute} {hour} * * {}", day.number_from_monday())
            }
            Rhythm::Monthly(day @ ..=28) => format!("{minute} {hour} {day} * *"),
            Rhythm::Monthly(day @ 29..=30) => {
                format!("{minute} {hour} {day} 1,3-12 * | {minute} {hour} L 2 *")
            }
            Rhythm::Monthly(_) => format!("{minute} {hour} L * *"),
        }
    }

    /// Returns when it fires next after `now`.
    #[must_use]
    pub fn next_after(self, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        next_tick_after(&self.read()?, zone, now)
    }

    /// Returns the day of the latest report that should be there at `now`.
    #[must_use]
    pub fn latest_day(self, zone: Tz, now: DateTime<Utc>) -> Option<NaiveDate> {
        let expression = self.read()?;
        let first = next_tick_after(&expression, zone, now - LOOK_BACK)?;
        let latest = due_ticks(&expression, zone, first, now).latest;
        (latest <= now).then(|| store_day(latest, zone))
    }

    /// Returns the first and the last day that the report of a day covers.
    #[must_use]
    pub fn covers(self, day: NaiveDate) -> (NaiveDate, NaiveDate) {
        let days_before = |count| day.checked_sub_days(Days::new(count)).unwrap_or(day);
        match self.rhythm {
            Rhythm::Daily => (days_before(1), days_before(1)),
            Rhythm::Weekly(_) => (days_before(7), days_before(1)),
            Rhythm::Monthly(_) => {
                let month = month_of(day);
                let first = month.checked_sub_months(Months::new(1)).unwrap_or(month);
                (first, month.pred_opt().unwrap_or(month))
            }
        }
    }

    /// What it is made of always reads.
    fn read(self) -> Option<CronExpression> {
        self.expression().parse().ok()
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    WEEKDAYS
        .into_iter()
        .find(|(known, _)| *known == name)
        .map(|(_, day)| day)
}

/// Reads exactly `HH:MM`.
fn read_time(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests;
