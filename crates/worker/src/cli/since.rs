//! Times as an operator types them: `90s`, `30m`, `2h`, `7d` ago, a date, or RFC 3339.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// A time that is known once the present is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// So long ago.
    Ago(TimeDelta),
    /// At this time.
    At(DateTime<Utc>),
}

impl Since {
    /// Returns the time meant.
    pub(super) fn resolve(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ago(span) => now.checked_sub_signed(span).unwrap_or(DateTime::UNIX_EPOCH),
            Self::At(at) => at,
        }
    }
}

/// A time to come, typed as [`Since`] is: a span is counted from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(Since);

impl Moment {
    /// Returns the time meant.
    pub(super) fn resolve(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self.0 {
            Since::Ago(span) => now
                .checked_add_signed(span)
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
            Since::At(at) => at,
        }
    }
}

impl FromStr for Moment {
    type Err = BadSince;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// The text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("give 90s, 30m, 2h or 7d for so long ago, a date such as 2026-11-24, or RFC 3339")]
pub(super) struct BadSince;

impl FromStr for Since {
    type Err = BadSince;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(at.to_utc()));
        }
        if let Ok(day) = text.parse::<NaiveDate>() {
            return Ok(Self::At(day.and_time(NaiveTime::MIN).and_utc()));
        }
        let unit = text.chars().next_back().ok_or(BadSince)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(BadSince),
        };
        // All four units are one byte long.
        let number: u32 = text[..text.len() - 1].parse().map_err(|_| BadSince)?;
        let span = TimeDelta::try_seconds(i64::from(number) * seconds).ok_or(BadSince)?;
        Ok(Self::Ago(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_dates_and_timestamps_are_understood() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("90s", "2026-11-24T11:58:30Z"),
            ("2h", "2026-11-24T10:00:00Z"),
            ("7d", "2026-11-17T12:00:00Z"),
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00Z"),
        ] {
            let since: Since = text.parse().unwrap();
            assert_eq!(
                since.resolve(now),
                expected.parse::<DateTime<Utc>>().unwrap(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_span_to_come_is_counted_from_now_on() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let moment: Moment = "2h".parse().unwrap();
        assert_eq!(
            moment.resolve(now),
            "2026-11-24T14:00:00Z".parse::<DateTime<Utc>>().unwrap()
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "h", "-2h", "2 h", "2w", "yesterday", "2026-13-01", "ü"] {
            assert_eq!(text.parse::<Since>(), Err(BadSince), "{text}");
        }
    }
}
