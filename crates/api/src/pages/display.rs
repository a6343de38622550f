//! How values are written for people. All of it is text that templates escape; nothing here makes markup.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// Groups the digits of a plain decimal number: `-11062.06` is `−11,062.06`. Other text stays as it is.
pub(super) fn grouped(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) => ("\u{2212}", rest),
        None => ("", number),
    };
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = String::from(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

/// Writes a count.
pub(super) fn count(number: i64) -> String {
    grouped(&number.to_string())
}

/// A moment, for a person and for a program.
#[derive(Debug, Clone, Default)]
pub(super) struct Moment {
    /// `9 Dec 2011, 12:50`.
    pub(super) text: String,
    /// RFC 3339.
    pub(super) exact: String,
}

impl Moment {
    pub(super) fn new(at: DateTime<Utc>, zone: Tz) -> Self {
        Self {
            text: at
                .with_timezone(&zone)
                .format("%-d %b %Y, %H:%M")
                .to_string(),
            exact: at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        }
    }

    pub(super) fn maybe(at: Option<DateTime<Utc>>, zone: Tz) -> Option<Self> {
        at.map(|at| Self::new(at, zone))
    }
}

/// Writes a day: `9 Dec 2011`.
pub(super) fn day(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// Writes a month: `Dec 2011`.
pub(super) fn month(day: NaiveDate) -> String {
    day.format("%b %Y").to_string()
}

/// Writes how long something took.
pub(super) fn duration(time: TimeDelta) -> String {
    let ms = time.num_milliseconds().max(0);
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

/// Writes a size in bytes.
pub(super) fn size(bytes: i64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let (mut tenths, mut unit) = (bytes / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1_000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// Writes a name of the machine for people: `run_import` is `Run import`.
pub(super) fn words(name: &str) -> String {
    let mut letters = name.chars();
    let first: String = letters
        .next()
        .map(|letter| letter.to_uppercase().collect())
        .unwrap_or_default();
    first + &letters.as_str().replace('_', " ")
}

/// Returns a number for drawing with: a few digits are enough for a pixel.
pub(super) fn drawn(number: &str) -> f64 {
    number
        .parse::<Decimal>()
        .ok()
        .and_then(|number| number.to_f64())
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three_and_nothing_is_rounded() {
        for (plain, shown) in [
            ("0", "0"),
            ("999.999", "999.999"),
            ("1000", "1,000"),
            ("339876.49", "339,876.49"),
            ("-11062.06", "\u{2212}11,062.06"),
            ("1234567890", "1,234,567,890"),
            ("", ""),
            ("n/a", "n/a"),
        ] {
            assert_eq!(grouped(plain), shown);
        }
    }

    #[test]
    fn times_and_sizes_are_short() {
        assert_eq!(duration(TimeDelta::milliseconds(840)), "840 ms");
        assert_eq!(duration(TimeDelta::milliseconds(61_900)), "1 min 1 s");
        assert_eq!(duration(TimeDelta::milliseconds(-5)), "0 ms");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(7_548_686), "7.5 MB");
        assert_eq!(words("run_import"), "Run import");
    }

    #[test]
    fn a_moment_is_shown_as_the_store_lives_it() {
        let at = DateTime::UNIX_EPOCH + TimeDelta::days(180);
        let shown = Moment::new(at, chrono_tz::Europe::London);
        assert_eq!(shown.text, "30 Jun 1970, 01:00");
        assert_eq!(shown.exact, "1970-06-30T00:00:00Z");
    }
}
