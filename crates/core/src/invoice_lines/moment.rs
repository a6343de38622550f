use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use crate::store_time::{from_wall_clock, store_day};

const YEARS: std::ops::RangeInclusive<i32> = 1970..=2100;

/// When something was sold, and the store's day on which that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The point in time.
    pub at: DateTime<Utc>,
    /// The store's calendar day.
    pub day: NaiveDate,
}

/// Why a text is no date that can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMoment {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// Written in another way; days and months are not told apart by guessing.
    #[error("is not written like 2010-12-01 08:26:00 or 2010-12-01T08:26:00Z")]
    OtherFormat,
    /// No calendar and no clock shows it.
    #[error("does not exist")]
    Impossible,
    /// Before or after any invoice.
    #[error("is not between 1970 and 2100")]
    OutOfRange,
}

/// Reads dates of one store; remembers the last one, because the lines of an invoice share theirs.
#[derive(Debug)]
pub struct MomentReader {
    zone: Tz,
    last: Option<(String, Moment)>,
}

impl MomentReader {
    /// Makes a reader for a store in `zone`: a time that names no zone is the store's.
    #[must_use]
    pub fn new(zone: Tz) -> Self {
        Self { zone, last: None }
    }

    /// Reads `YYYY-MM-DD HH:MM[:SS[.ffffff]]` in the store's zone, or RFC 3339 with a zone of its own.
    ///
    /// # Errors
    /// [`BadMoment`].
    pub fn read(&mut self, text: &str) -> Result<Moment, BadMoment> {
        if let Some((known, moment)) = &self.last
            && known == text
        {
            return Ok(*moment);
        }
        let moment = parse(text, self.zone)?;
        match &mut self.last {
            Some((known, last)) => {
                known.clear();
                known.push_str(text);
                *last = moment;
            }
            None => self.last = Some((text.to_owned(), moment)),
        }
        Ok(moment)
    }
}

fn parse(text: &str, zone: Tz) -> Result<Moment, BadMoment> {
    if text.is_empty() {
        return Err(BadMoment::Empty);
    }
    let (date, time) = text
        .split_at_checked(10)
        .and_then(|(date, rest)| Some((date, rest.strip_prefix([' ', 'T', 't'])?)))
        .ok_or(BadMoment::OtherFormat)?;
    let date = read_date(date)?;
    let local_end = time
        .find(|c: char| !matches!(c, '0'..='9' | ':' | '.'))
        .unwrap_or(time.len());
    let (time, offset) = time.split_at(local_end);
    let local = date.and_time(read_time(time)?);
    let at = match offset.trim_start() {
        "" => from_wall_clock(local, zone),
        offset => local
            .checked_sub_signed(read_offset(offset)?)
            .ok_or(BadMoment::OutOfRange)?
            .and_utc(),
    };
    if !YEARS.contains(&local.year()) || !YEARS.contains(&at.year()) {
        return Err(BadMoment::OutOfRange);
    }
    Ok(Moment {
        at,
        day: store_day(at, zone),
    })
}

fn digits<T: std::str::FromStr>(text: &str) -> Result<T, BadMoment> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_err(|_| BadMoment::OtherFormat)
    } else {
        Err(BadMoment::OtherFormat)
    }
}

fn read_date(text: &str) -> Result<NaiveDate, BadMoment> {
    let bytes = text.as_bytes();
    if !text.is_ascii() || bytes[4] != b'-' || bytes[7] != b'-' {
        return Err(BadMoment::OtherFormat);
    }
    let (year, month, day) = (
        digits(&text[..4])?,
        digits(&text[5..7])?,
        digits(&text[8..])?,
    );
    NaiveDate::from_ymd_opt(year, month, day).ok_or(BadMoment::Impossible)
}

/// Reads `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff`: what the database keeps, and no finer.
fn read_time(text: &str) -> Result<NaiveTime, BadMoment> {
    let (clock, micros) = match text.split_once('.') {
        Some((clock, fraction)) if clock.len() == 8 && (1..=6).contains(&fraction.len()) => {
            let exponent = u32::try_from(6 - fraction.len()).map_err(|_| BadMoment::OtherFormat)?;
            (clock, digits::<u32>(fraction)? * 10_u32.pow(exponent))
        }
        Some(_) => return Err(BadMoment::OtherFormat),
        None => (text, 0),
    };
    let mut parts = clock.split(':');
    let mut part = || {
        parts
            .next()
            .filter(|part| part.len() == 2)
            .map(digits::<u32>)
            .transpose()
    };
    let (hour, minute, second) = (part()?, part()?, part()?);
    let (Some(hour), Some(minute)) = (hour, minute) else {
        return Err(BadMoment::OtherFormat);
    };
    let has_all_parts = clock.len() == if second.is_some() { 8 } else { 5 };
    if !has_all_parts {
        return Err(BadMoment::OtherFormat);
    }
    NaiveTime::from_hms_micro_opt(hour, minute, second.unwrap_or(0), micros)
        .filter(|time| time.nanosecond() < 1_000_000_000)
        .ok_or(BadMoment::Impossible)
}

/// Reads `Z`, `+HH:MM` or `-HH:MM`; Shopify leaves the colon out.
fn read_offset(text: &str) -> Result<chrono::TimeDelta, BadMoment> {
    if matches!(text, "Z" | "z") {
        return Ok(chrono::TimeDelta::zero());
    }
    let (sign, clock) = match text.as_bytes().first() {
        Some(b'+') => (1, &text[1..]),
        Some(b'-') => (-1, &text[1..]),
        _ => return Err(BadMoment::OtherFormat),
    };
    let (hours, minutes) = match clock.split_once(':') {
        Some(parts) => parts,
        None => clock.split_at_checked(2).ok_or(BadMoment::OtherFormat)?,
    };
    if hours.len() != 2 || minutes.len() != 2 {
        return Err(BadMoment::OtherFormat);
    }
    let (hours, minutes) = (digits::<i64>(hours)?, digits::<i64>(minutes)?);
    if hours > 23 || minutes > 59 {
        return Err(BadMoment::Impossible);
    }
    Ok(chrono::TimeDelta::minutes(sign * (hours * 60 + minutes)))
}

/// Writes a moment as [`MomentReader`] reads it back: for keys that must be the same for ever.
pub(super) fn write_stable(at: DateTime<Utc>) -> String {
    let local: NaiveDateTime = at.naive_utc();
    local.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use chrono_tz::Europe::London;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Moment, BadMoment> {
        MomentReader::new(London).read(text)
    }

    #[test]
    fn a_time_without_a_zone_is_the_stores() {
        let summer = Utc.with_ymd_and_hms(2011, 7, 1, 7, 26, 0).unwrap();
        for text in [
            "2011-07-01 08:26",
            "2011-07-01 08:26:00",
            "2011-07-01T08:26:00",
            "2011-07-01 08:26:00.000",
        ] {
            assert_eq!(read(text).unwrap().at, summer, "{text}");
        }
    }

    #[test]
    fn a_time_with_a_zone_falls_on_the_stores_day() {
        let moment = read("2011-07-01T23:30:00.25-02:30").unwrap();
        assert_eq!(
            write_stable(moment.at),
            "2011-07-02T02:00:00.250000Z".to_owned()
        );
        assert_eq!(moment.day, NaiveDate::from_ymd_opt(2011, 7, 2).unwrap());
        // As Shopify writes it.
        assert_eq!(read("2011-07-01 23:30:00.25 -0230"), Ok(moment));
        assert_eq!(
            read("2011-07-01T23:30:00Z").unwrap().day,
            NaiveDate::from_ymd_opt(2011, 7, 2).unwrap()
        );
    }

    #[test]
    fn other_ways_to_write_a_date_are_refused() {
        for text in [
            "12/1/2010 8:26",
            "01.12.2010 08:26",
            "2010-12-01",
            "2010-12-1 08:26",
            "2010-12-01 8:26",
            "2010-12-01 08:26:00 PM",
            "2010-12-01 08:26:00.1234567",
            "2010-12-01 08:26:",
            "2010-12-01 08:26:00:00",
            "20101201T082600Z",
            "1291191960",
            "２０１０-12-01 08:26",
            "+010-12-01 08:26",
        ] {
            assert_eq!(read(text), Err(BadMoment::OtherFormat), "{text}");
        }
        assert_eq!(read(""), Err(BadMoment::Empty));
    }

    #[test]
    fn dates_that_no_calendar_shows_are_refused() {
        for text in [
            "2026-02-30 10:00",
            "2011-02-29 10:00",
            "2010-13-01 10:00",
            "2010-12-01 24:00",
            "2010-12-01 08:60",
            "2016-12-31 23:59:60",
            "2010-12-01T08:00:00+99:00",
        ] {
            assert_eq!(read(text), Err(BadMoment::Impossible), "{text}");
        }
        for text in [
            "1969-12-31 23:59",
            "0000-01-01 00:00",
            "9999-12-31 23:59",
            "2101-01-01 00:00",
            "1970-01-01T00:00:00+01:00",
        ] {
            assert_eq!(read(text), Err(BadMoment::OutOfRange), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_that_is_written_reads_back(seconds in 0i64..4_102_444_800, micros in 0u32..1_000_000) {
            let at = DateTime::from_timestamp(seconds, micros * 1_000).unwrap();
            prop_assert_eq!(read(&write_stable(at)).unwrap().at, at);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9:. TZ+\\-é]{0,32}") {
            let _ = read(&text);
        }
    }
}
